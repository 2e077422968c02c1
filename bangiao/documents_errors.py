"""Why a file cannot be read: one class per reason. The place (file, line) is put in front by `checklists.places`."""

from __future__ import annotations

from checklists.errors import BadInput


class NoSuchFile(BadInput):
    """there is no file of this name. Check the name and the folder."""


class NotAFile(BadInput):
    """this is a folder or a device, not a file. Name the file itself."""


class UnreadableFile(BadInput):
    """the file cannot be opened ({why}). Ask its owner for permission to read it, or copy it."""


class TooLargeFile(BadInput):
    """the file is larger than {limit} MB ({size} MB) and was not read. Split it, or raise the setting
    BANGIAO_MAX_FILE_MB."""


class EmptyFile(BadInput):
    """the file is empty. Check that the right file was named and that it was saved."""


class UnknownFormat(BadInput):
    """files ending in "{suffix}" are not read here. Save it as one of: {known}."""


class OtherContent(BadInput):
    """the name ends in "{suffix}", but the content is {found}. Save it again in the format its name says."""


class NotUtf8(BadInput):
    """byte {byte} is not text in UTF-8. Save the file again with the encoding UTF-8."""


class NotYaml(BadInput):
    """this is not YAML ({why}). Correct this line or the one above: lists begin with "- ", and a text with ": " in it
    needs quotes."""


class NotJson(BadInput):
    """this is not JSON ({why}). Correct this line or the one above: check commas, quotes and brackets."""


class AliasUsed(BadInput):
    """{path}: the anchor or alias "{name}" is refused, because a small file could unfold into a huge one. Write the
    content out, or put the text in quotes."""


class TagUsed(BadInput):
    """{path}: the tag "{tag}" is refused. Remove it; texts, numbers and days need none."""


class KeyNotText(BadInput):
    """{path}: a list or a group stands where the name of a field is expected. Write "name: value"."""


class DuplicateKey(BadInput):
    """{path}: the field stands twice, first on line {first}. Keep one of them."""


class SecondDocument(BadInput):
    """a second document begins here ("---"). Keep one document in a file."""


class TooDeep(BadInput):
    """{path}: lists and groups are nested deeper than {limit} levels. Remove the inner brackets."""


class NotASpreadsheet(BadInput):
    """the spreadsheet cannot be opened ({why}). Open it in a spreadsheet program and save it again as .xlsx."""


class UnpacksTooLarge(BadInput):
    """the spreadsheet would unpack to {size} MB, and more than {limit} MB are refused. Copy only the cells that are
    needed to a new spreadsheet."""


class SheetTooWide(BadInput):
    """the sheet reaches to column {column}, row {row}, which is more than {limit} cells. Delete the empty rows and
    columns after the table."""


class NoHeading(BadInput):
    """the value "{value}" stands in column {column}, which has no heading. Give the column a heading or empty it."""


class HeadingTwice(BadInput):
    """two columns have the heading "{heading}". Rename or remove one."""


class NotCsv(BadInput):
    """this is not CSV ({why}). Save the table again as CSV in UTF-8, with commas or semicolons."""
