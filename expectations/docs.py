"""Data Docs: the night's rules and results as pages for operators.

Belongs here: building the pages of one night over the previous ones. Does not belong here: running suites. The pages
show metrics, keys and rules; the gate has no cell value to show.
"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext

_SITE = "gate"


def build(context: "EphemeralDataContext", folder: Path) -> None:
    """Write the pages of everything `context` has run; the pages of the night before go."""
    for old in ("validations", "expectations"):
        shutil.rmtree(folder / old, ignore_errors=True)
    context.add_data_docs_site(
        site_name=_SITE,
        site_config={
            "class_name": "SiteBuilder",
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        },
    )
    context.build_data_docs(site_names=[_SITE])
