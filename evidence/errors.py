"""What is refused as evidence, one class per broken rule; the docstring is the sentence."""

from __future__ import annotations

from checklists.errors import BadInput, HandoverError


class NoFileName(BadInput):
    """The file has no name. Give it a name with an extension, e.g. bien-ban.pdf, and attach it again."""


class NameTooLong(BadInput):
    """{file}: the name has {length} characters, at most {limit} are kept. Shorten it and attach the file again."""


class NameHasPath(BadInput):
    """{file!r}: a file name may not contain / or \\. Attach the file under its own name, without its folders."""


class NameHides(BadInput):
    """{file!r}: the name holds a character that nobody sees or that turns the writing round ({character}). Rename the
    file and attach it again."""


class NoExtension(BadInput):
    """{file}: the name has no extension, so nobody can tell what it should be. Name it e.g. {file}.pdf and attach it
    again."""


class TypeNotAllowed(BadInput):
    """{file}: files of type .{extension} are not accepted as evidence. Save it as one of {allowed} and attach
    that."""


class TypeRunsScripts(BadInput):
    """{file}: .{extension} files can run scripts in the reader's browser and are not accepted. Print it to PDF and
    attach that."""


class EmptyFile(BadInput):
    """{file}: the file is empty (0 bytes). Check that it was saved or copied to the end, then attach it again."""


class TooLarge(BadInput):
    """{file}: the file is larger than {limit} MB (setting BANGIAO_EVIDENCE_MAX_MB); reading stopped there. Scan it at
    a lower resolution or split it."""


class ContentDiffers(BadInput):
    """{file}: the name ends in .{extension}, but the content is {found}. Attach the file that was meant, or give this
    one its true extension."""


class PdfStartsLate(BadInput):
    """{file}: {count} bytes of something else stand before the PDF begins. Print it to PDF again and attach the new
    file."""


class TwoFilesInOne(BadInput):
    """{file}: the file is {found} and at the same time {also}; readers would see different things. Save it again from
    the program that made it."""


class BadText(BadInput):
    """{file}: this is not text in UTF-8 (byte {position}). Save it with the encoding UTF-8 and attach it again."""


class BadXml(BadInput):
    """{file}: the XML cannot be read (line {line}: {why}). Export it again from the system it comes from."""


class XmlDeclaresEntities(BadInput):
    """{file}: the XML brings its own document type (DOCTYPE), which can change what a reader sees. Export it without
    one."""


class DamagedArchive(BadInput):
    """{file}: the file is damaged or not finished ({why}). Make it again and attach the new one."""


class TooManyMembers(BadInput):
    """{file}: the archive holds more than {limit} files. Split it into several archives."""


class UnpacksTooLarge(BadInput):
    """{file}: unpacked, the archive would take {size} MB, at most {limit} MB are accepted. Split it, or attach the
    files one by one."""


class ZipBomb(BadInput):
    """{file}: the archive unpacks to {ratio} times its size, at most {limit} times is accepted: it looks like an
    attack. Attach the files one by one."""


class ArchiveLies(BadInput):
    """{file}: {member} does not unpack to what the archive says of it ({why}). Make the archive again."""


class MemberEncrypted(BadInput):
    """{file}: {member} is locked with a password. A proof that nobody can read proves nothing: remove the password
    and attach it again."""


class MemberPacked(BadInput):
    """{file}: {member} is packed in a way that cannot be looked into (method {method}). Make an ordinary ZIP
    (Deflate)."""


class MemberNotAllowed(BadInput):
    """{file}: {member} in it is {found}, which is not accepted inside an archive. Take it out and attach the rest."""


class MemberNameLies(BadInput):
    """{file}: the name of {member!r} in it is not the name of a plain file ({why}). Make the archive again."""


class HasMacros(BadInput):
    """{file}: the document holds macros, which are programs. Save it without macros, or as PDF, and attach that."""


class DiskFull(HandoverError):
    """{file}: the disk that keeps the evidence is full; nothing was stored. Ask the administrator to make room in
    {folder}, then attach it again."""


class CannotRead(HandoverError):
    """{file}: the file could not be read to its end ({why}); nothing was changed. Try again; if it fails once more,
    tell the administrator."""


class CannotStore(HandoverError):
    """{file}: the file could not be written to {folder} ({why}); nothing was stored. Tell the administrator, then
    attach it again."""


class NotADigest(BadInput):
    """{digest!r} is not a SHA-256 digest: 64 characters, 0 to 9 and a to f."""


class EvidenceMissing(HandoverError):
    """The evidence file {digest} is not in {folder}. Restore it from the backup: attaching the same file again also
    brings it back."""


class EmptyNote(BadInput):
    """The note is empty. Write what was done, where and by whom."""


class NoteTooLong(BadInput):
    """The note has {length} characters, at most {limit} are kept. Attach the long text as a file."""


class NoteHides(BadInput):
    """The note holds a character that nobody sees or that turns the writing round ({character}, place {position}).
    Write it again without it."""


class LinkTooLong(BadInput):
    """The link has {length} characters, at most {limit} are kept. Use the short address of the page."""


class NotAWebLink(BadInput):
    """{link!r} is not the address of a web page: it must begin with http:// or https:// and name a host, without
    blanks. Copy it from the browser's address bar."""


class LinkNamesAPerson(BadInput):
    """{link!r} holds a user name or password before the host, which hides where it leads. Remove everything up to the
    @."""
