"""Run medallion over its memory, in its own environment: serve_medallion.py PORT FOLDER."""

import json
import sys
from pathlib import Path

from medallion import application_instance, register_blueprints, set_config

ID = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"

port, folder = int(sys.argv[1]), Path(sys.argv[2])
rights = {"can_read": True, "can_write": True}
media = ["application/stix+json;version=2.1"]
collection = {"id": ID, "title": "x", "media_types": media, "objects": [], "manifest": []}
version = "application/taxii+json;version=2.1"
information = {"title": "x", "versions": [version], "max_content_length": 104_857_600}
address = f"http://127.0.0.1:{port}/api/"
data = {
    "/discovery": {"title": "x", "default": address, "api_roots": [address]},
    "api": {"information": information, "status": [], "collections": [{**collection, **rights}]},
}
(folder / "data.json").write_text(json.dumps(data))
configuration = {
    "backend": {
        "module": "medallion.backends.memory_backend",
        "module_class": "MemoryBackend",
        "filename": str(folder / "data.json"),
        # Pages of one pass are kept for so long.
        "session_timeout": 3_600,
    },
    "users": {"ann": "secret"},
    "taxii": {"max_page_size": 5_000},
}
for name in ("users", "taxii", "backend"):
    set_config(application_instance, name, configuration)
register_blueprints(application_instance)
(folder / "collection").write_text(f"http://127.0.0.1:{port}/api/collections/{ID}/")
application_instance.run(host="127.0.0.1", port=port, debug=False, threaded=True)
