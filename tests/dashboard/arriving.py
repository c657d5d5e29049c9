"""Files that have arrived, as the pages find them: what the browser's upload field does, without a browser."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from casework import uploads
from casework.uploads import desk_at
from data.models import Upload
from data.store import Store
from tests.factories import an_account
from tests.fakes import SignedIn


def arrive(
    store: Store, home: Path, name: str, data: bytes, *, purpose: str = uploads.FOOTAGE, case_id: str | None = None
) -> Upload:
    """A whole file at the desk."""
    store = store.guarded(SignedIn(an_account()))
    desk = desk_at(store, home, max_upload_mb=64, max_uploads=50, free_bytes=0)
    begun = uploads.begin_upload(desk, name=name, size_bytes=len(data), purpose=purpose, case_id=case_id, by="Aino")
    with uploads.receive(desk, begun.id, offset=0) as receiving:
        receiving.write(data)
        return receiving.finish()


def put_in_field(app: AppTest, upload: Upload, *, case: str = "") -> AppTest:
    """Have the page's upload field hold this file, as when the browser has told of it."""
    app.session_state[f"upload-{upload.purpose}-{case or 'all'}_done:{case}"] = [upload.id]
    return app.run()
