"""THE LIST for code that comes with a model: what it may import, and what no model needs."""

from __future__ import annotations

from typing import Final

#: packages that models are written with; names of theirs that run or fetch stand in DEEDS.
ALLOWED_MODULES: Final = frozenset("""
torch torchvision torchaudio transformers numpy math typing typing_extensions dataclasses
collections functools itertools warnings abc enum re copy json logging einops safetensors tokenizers
tiktoken sentencepiece accelerate flash_attn xformers timm PIL cv2 scipy sklearn pandas tqdm regex
unicodedata string operator numbers bisect heapq statistics random time datetime contextlib inspect
__future__ packaging peft diffusers bitsandbytes triton rotary_embedding_torch causal_conv1d
mamba_ssm fla kernels apex deepspeed jaxtyping librosa soundfile decord av matplotlib ftfy nltk
argparse textwrap types base64 io os pathlib hashlib gc traceback weakref tempfile shutil
uuid struct array decimal fractions difflib pprint threading queue concurrent zlib gzip zipfile csv
queue decorator absl loguru pydantic attr attrs yaml toml configparser keras tensorflow jax flax
__main__
""".split())  # fmt: skip

#: dotted beginnings of what is called or imported, and what that is: the longest that fits counts.
DEEDS: Final[dict[str, str]] = {
    "os.system": "process", "os.popen": "process", "os.exec": "process", "os.spawn": "process",
    "os.posix_spawn": "process", "os.fork": "process", "os.startfile": "process",
    "os.kill": "process", "subprocess": "process", "pty": "process", "popen2": "process",
    "commands": "process", "multiprocessing": "spawns", "concurrent.futures.Process": "spawns",
    "asyncio.create_subprocess": "process", "asyncio.subprocess": "process", "pexpect": "process",
    "sh": "process", "invoke": "process", "fabric": "process", "signal": "spawns",
    "socket": "network", "ssl": "network", "urllib": "network", "urllib2": "network",
    "urllib3": "network", "http": "network", "requests": "network", "httpx": "network",
    "aiohttp": "network", "ftplib": "network", "smtplib": "network", "telnetlib": "network",
    "imaplib": "network", "poplib": "network", "xmlrpc": "network", "websocket": "network",
    "websockets": "network", "paramiko": "network", "boto3": "network", "gdown": "network",
    "wget": "network", "webbrowser": "network", "asyncio.open_connection": "network",
    "fsspec": "network", "huggingface_hub": "network", "zmq": "network", "grpc": "network",
    "torch.hub.load_state_dict_from_url": "network", "torch.hub.download": "network",
    "transformers.utils.cached_file": "network", "urllib.parse": "nothing",
    "eval": "evaluates", "exec": "evaluates", "compile": "evaluates", "__import__": "evaluates",
    "execfile": "evaluates", "builtins": "evaluates", "__builtins__": "evaluates",
    "importlib": "imports", "importlib.util": "nothing", "importlib.metadata": "nothing",
    "importlib.util.module_from_spec": "imports", "importlib.util.spec_from": "imports",
    "importlib.resources": "reads", "runpy": "evaluates", "code": "evaluates",
    "codeop": "evaluates", "imp": "imports", "pkgutil": "imports", "zipimport": "imports",
    "pip": "installs", "ensurepip": "installs", "setuptools": "installs", "site": "installs",
    "ctypes": "native", "cffi": "native", "_ctypes": "native", "mmap": "native",
    "torch.utils.cpp_extension": "native", "torch.ops.load_library": "native",
    "torch.classes.load_library": "native", "numpy.ctypeslib": "native", "numba": "native",
    "pickle": "unpickles", "_pickle": "unpickles", "cPickle": "unpickles", "dill": "unpickles",
    "cloudpickle": "unpickles", "joblib": "unpickles", "marshal": "unpickles",
    "shelve": "unpickles", "jsonpickle": "unpickles", "pandas.read_pickle": "unpickles",
    "torch.load": "loads weights", "numpy.load": "loads weights", "np.load": "loads weights",
    "torch.hub.load": "loads code", "torch.package": "loads code", "torch.jit.load": "loads code",
    "transformers.dynamic_module_utils": "loads code",
    "pickle.dump": "writes", "pickle.dumps": "nothing", "joblib.dump": "writes",
    "yaml.load": "unpickles", "yaml.unsafe_load": "unpickles", "yaml.full_load": "unpickles",
    "yaml.safe_load": "reads", "yaml.SafeLoader": "nothing",
    "os.environ": "environment", "os.getenv": "environment", "os.putenv": "environment",
    "getpass": "environment", "pwd": "environment", "platform": "environment",
    "os.uname": "environment", "socket.gethostname": "environment", "keyring": "environment",
    "os.remove": "deletes", "os.unlink": "deletes", "os.rmdir": "deletes",
    "shutil.rmtree": "deletes",
    "os.rename": "writes", "os.replace": "writes", "shutil.copy": "writes", "shutil.move": "writes",
    "os.chmod": "writes", "os.symlink": "writes", "os.link": "writes", "os.makedirs": "writes",
    "os.mkdir": "writes", "tempfile": "writes", "os.write": "writes", "os.open": "writes",
    "sys.settrace": "evaluates", "sys.setprofile": "evaluates", "sys.meta_path": "evaluates",
    "sys.path_hooks": "evaluates", "sys.modules": "changes modules", "sys.path": "changes modules",
    "sys._getframe": "introspects", "inspect.currentframe": "introspects",
    "inspect.stack": "introspects", "gc.get_objects": "introspects", "globals": "introspects",
    "vars": "introspects", "types.FunctionType": "evaluates", "types.CodeType": "evaluates",
    "atexit": "spawns", "threading.Thread": "spawns", "threading.Timer": "spawns",
    "open": "opens", "io.open": "opens", "pathlib.Path.write": "writes",
    "base64.b": "decodes", "binascii": "decodes", "codecs.decode": "decodes", "zlib.dec": "decodes",
    "bytes.fromhex": "decodes", "lzma": "decodes", "bz2": "decodes",
    "antigravity": "network", "turtle": "spawns", "doctest": "evaluates", "timeit": "evaluates",
    "cProfile": "evaluates", "profile": "evaluates", "trace": "evaluates", "pdb": "evaluates",
}  # fmt: skip

#: deeds that no model needs: found at all, they are malicious.
GRAVE: Final = frozenset({"process", "evaluates", "installs", "native", "unpickles", "loads code"})
#: grave where they happen on loading, or with an address or file that stands in the code.
GRAVE_ON_LOADING: Final = frozenset({"network", "deletes", "spawns", "changes modules", "imports"})
#: said, and not held against the code.
HARMLESS: Final = frozenset({"nothing", "reads", "decodes", "loads weights"})

#: what a deed is, in words that follow "would".
SENTENCES: Final = {
    "process": "start another program",
    "network": "open a connection",
    "evaluates": "run code that it makes or fetches",
    "imports": "import modules by a name that it makes",
    "installs": "install packages",
    "native": "load native code",
    "unpickles": "unpickle, which can run anything",
    "loads code": "load further code from elsewhere",
    "environment": "read environment variables or who runs it",
    "deletes": "delete files",
    "writes": "write or move files",
    "opens": "open files for writing",
    "changes modules": "change which modules others get",
    "introspects": "reach into the interpreter's own tables",
    "spawns": "start threads or processes of its own",
}

#: attributes through which any object leads to everything.
REACHING: Final = frozenset("""
__globals__ __builtins__ __subclasses__ __mro__ __bases__ __base__ __code__ __closure__ __import__
__loader__ __spec__ f_globals f_locals f_back gi_frame cr_frame tb_frame func_globals
__getattribute__ mro
""".split())  # fmt: skip
#: functions of a class that run when it is loaded or called, without being asked for by name.
ON_LOADING: Final = frozenset("""
__init__ __new__ __init_subclass__ __set_name__ __class_getitem__ __call__ forward __getattr__
__del__ __enter__ __setstate__ __reduce__ post_init _init_weights __getattribute__ encode decode
tokenize _tokenize preprocess __post_init__
""".split())  # fmt: skip
