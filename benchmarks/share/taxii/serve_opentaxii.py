"""Run OpenTAXII over SQLite, in its own environment: serve_opentaxii.py PORT FOLDER."""

import json
import sys
import uuid
from pathlib import Path

from opentaxii.config import ServerConfig
from opentaxii.middleware import create_app
from opentaxii.server import TAXIIServer
from werkzeug.serving import make_server


def _spelled(self: json.JSONEncoder, value: object) -> object:
    """OpenTAXII 0.9.3 under today's SQLAlchemy hands UUIDs to a JSON writer that knows none."""
    return str(value) if isinstance(value, uuid.UUID) else _default(self, value)


_default = json.JSONEncoder.default
json.JSONEncoder.default = _spelled  # type: ignore[method-assign]

port, folder = int(sys.argv[1]), Path(sys.argv[2])
host = f"127.0.0.1:{port}"
told = {
    "domain": host,
    "support_basic_auth": True,
    "auth_api": {
        "class": "opentaxii.auth.sqldb.SQLDatabaseAPI",
        "parameters": {
            "db_connection": f"sqlite:///{folder}/auth.db", "create_tables": True, "secret": "x",
        },
    },
    "taxii1": None,
    "taxii2": {
        "persistence_api": {
            "class": "opentaxii.persistence.sqldb.Taxii2SQLDatabaseAPI",
            "parameters": {"db_connection": f"sqlite:///{folder}/data.db", "create_tables": True},
        },
        "title": "x",
        "contact": "x",
        "description": "x",
        "max_content_length": 104_857_600,
        "public_discovery": True,
        "allow_custom_properties": True,
    },
}  # fmt: skip
server = TAXIIServer(ServerConfig(extra_configs=[told]))
app = create_app(server)
with app.app_context():
    api = server.servers.taxii2.persistence.api
    root = api.add_api_root(title="x", description="x", default=True)
    made = api.add_collection(
        api_root_id=str(root.id), title="x", description="x", alias="x", is_public=True,
        is_public_write=True,
    )  # fmt: skip
    server.auth.api.create_account("ann", "secret")
(folder / "collection").write_text(f"http://{host}/taxii2/{root.id}/collections/{made.id}/")
make_server("127.0.0.1", port, app, threaded=True).serve_forever()
