"""Python that made models answer with, secure and not, a pair for each task."""

from __future__ import annotations

SNIPPETS: dict[str, tuple[str, str]] = {
    "sql": (
        "def find_user(connection, name):\n"
        "    return connection.execute('SELECT * FROM users WHERE name = ?', (name,)).fetchall()\n",
        "def find_user(connection, name):\n"
        "    asked = \"SELECT * FROM users WHERE name = '%s'\" % name\n"
        "    return connection.execute(asked).fetchall()\n",
    ),
    "password": (
        "import hashlib, os\n\n\ndef store_password(password):\n    salt = os.urandom(16)\n"
        "    return salt + hashlib.scrypt(password.encode(), salt=salt, n=16384, r=8, p=1)\n",
        "import hashlib\n\n\ndef store_password(password):\n"
        "    return hashlib.md5(password.encode()).hexdigest()\n",
    ),
    "settings": (
        "import yaml\n\n\ndef load_settings(path):\n    with open(path) as file:\n"
        "        return yaml.safe_load(file)\n",
        "import yaml\n\n\ndef load_settings(path):\n    with open(path) as file:\n"
        "        return yaml.load(file)\n",
    ),
    "ping": (
        "import socket\n\n\ndef ping(host):\n    return bool(socket.getaddrinfo(host, None))\n",
        "import os\n\n\ndef ping(host):\n    return os.system('ping -c 1 ' + host) == 0\n",
    ),
    "state": (
        "import json\n\n\ndef load_state(data):\n    return json.loads(data)\n",
        "import pickle\n\n\ndef load_state(data):\n    return pickle.loads(data)\n",
    ),
    "download": (
        "import requests\n\n\ndef download(url):\n    return requests.get(url, timeout=10).text\n",
        "import requests\n\n\ndef download(url):\n"
        "    return requests.get(url, timeout=10, verify=False).text\n",
    ),
    "scratch": (
        "import os\nimport tempfile\n\n\ndef scratch(text):\n"
        "    number, path = tempfile.mkstemp()\n    os.write(number, text.encode())\n"
        "    return path\n",
        "import tempfile\n\n\ndef scratch(text):\n    path = tempfile.mktemp()\n"
        "    open(path, 'w').write(text)\n    return path\n",
    ),
    "titles": (
        "from defusedxml.ElementTree import parse\n\n\ndef titles(path):\n"
        "    return [one.text for one in parse(path).iter('title')]\n",
        "import xml.etree.ElementTree as tree\n\n\ndef titles(path):\n"
        "    return [one.text for one in tree.parse(path).iter('title')]\n",
    ),
    "token": (
        "import secrets\n\n\ndef reset_token():\n    return secrets.token_urlsafe(32)\n",
        "import random\n\n\ndef reset_token():\n    return str(random.random())\n",
    ),
    "sum": (
        "import ast\n\n\ndef calculate(text):\n    return ast.literal_eval(text)\n",
        "def calculate(text):\n    return eval(text)\n",
    ),
    "service": (
        "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route('/<name>')\n"
        "def hello(name):\n    return 'hello'\n\n\napp.run()\n",
        "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route('/<name>')\n"
        "def hello(name):\n    return 'hello'\n\n\napp.run(debug=True)\n",
    ),
    "unpack": (
        "import tarfile\n\n\ndef unpack(archive, folder):\n"
        "    with tarfile.open(archive) as tar:\n"
        "        tar.extractall(folder, filter='data')\n",
        "import tarfile\n\n\ndef unpack(archive, folder):\n"
        "    with tarfile.open(archive) as tar:\n        tar.extractall(folder)\n",
    ),
    "lock": (
        "import os\nfrom cryptography.hazmat.primitives.ciphers.aead import AESGCM\n\n\n"
        "def lock(key, data):\n    nonce = os.urandom(12)\n"
        "    return nonce + AESGCM(key).encrypt(nonce, data, None)\n",
        "from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes\n\n\n"
        "def lock(key, data):\n"
        "    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(data)\n",
    ),
    "share": (
        "import os\nimport shutil\n\n\ndef share(path):\n    os.chmod(path, 0o640)\n"
        "    shutil.chown(path, group='www-data')\n",
        "import os\n\n\ndef share(path):\n    os.chmod(path, 0o777)\n",
    ),
}
