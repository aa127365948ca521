"""Files that are no CSV, named as what they are by how they begin."""

import re
from pathlib import Path

from popularity.errors import UserError

UNPACK = "unpack it, and name the CSV file that is in it"
AS_CSV = "save it as CSV in UTF-8, and name that file"
FETCH = "fetch the file anew: a page that asks to sign in, or says what went wrong, may have come in its place"

BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (rb"\xff\xfe|\xfe\xff", "UTF-16", "save it as CSV in UTF-8: iconv -f UTF-16 -t UTF-8"),
    (rb"\x1f\x8b", "compressed (gzip)", UNPACK),
    (rb"BZh\d", "compressed (bzip2)", UNPACK),
    (rb"\xfd7zXZ\x00", "compressed (xz)", UNPACK),
    (rb"\x28\xb5\x2f\xfd", "compressed (Zstandard)", UNPACK),
    (rb"7z\xbc\xaf\x27\x1c|Rar!", "an archive", UNPACK),
    (rb"PK\x03\x04", "a ZIP archive or an Excel workbook", f"{UNPACK}; of a workbook: {AS_CSV}"),
    (rb"\xd0\xcf\x11\xe0", "an Excel workbook", AS_CSV),
    (rb"PAR1", "a Parquet table", AS_CSV),
    (rb"version https://git-lfs", "a Git LFS pointer", "fetch the file that it stands for: git lfs pull"),
    (rb"\s*<(!doctype|html|head|\?xml|!--)", "an HTML or XML page", FETCH),
    (rb"\s*\{[^\n]*\}\s*\n\s*\{", "JSON lines", AS_CSV),
    (rb"\s*[\[{]", "JSON", AS_CSV),
    (rb'\s*"?sep=', "a spreadsheet's file whose first line, sep=, names a separator",
     "delete that line, and separate the columns by commas"),
)  # fmt: skip
"""How a file begins, what it then is, and what to do."""


def refuse_other_kinds(path: Path, content: bytes) -> None:
    """Raises UserError where a file's bytes begin as those of another kind of file do."""
    start = content[: 2**16].removeprefix(b"\xef\xbb\xbf")
    for beginning, kind, next_step in BEGINNINGS:
        if re.match(beginning, start, re.IGNORECASE):
            raise UserError(f"{path} looks like {kind}; a CSV file is needed", next_step=next_step)


NO_WESTERN_WORD = re.compile(r"[^\0-\x7f\xa0]{4}")
"""More characters beyond ASCII than Western Europe writes side by side: so looks text in Cyrillic, Greek, Thai or
Chinese that is read in Windows-1252."""


def seems_windows_1252(raw: bytes) -> bool:
    """Whether bytes that are not UTF-8 read as words in Windows-1252."""
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return NO_WESTERN_WORD.search(text) is None
