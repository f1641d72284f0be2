"""Writes the JSON Schema of the mapping language to the place where it ships.

Belongs here: the file and its layout (`python -m sources.mapping.schema`). Does not belong here: the schema
itself (`document`) and rules that a schema cannot say (`rules`).
"""

import json
from pathlib import Path

from sources.mapping.document import json_schema

TARGET = Path(__file__).resolve().parent.parent / "schema" / "mapping.schema.json"


def schema_text() -> str:
    """The schema as it stands in the repository: sorted keys, two spaces, a final newline."""
    return json.dumps(json_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the schema."""
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
