"""Messages to people: every event in both languages, from all facts and from the fewest, and from hostile ones."""

from __future__ import annotations

import re
import shutil
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from checklists.templates import Text
from notifiers import rendering
from notifiers.message_facts import DigestFacts, DigestGroup, DigestKind, LevelFacts, MessageFacts, StepFacts, Told
from notifiers.message_layout import as_text, pieces
from notifiers.message_lint import lint_templates
from notifiers.message_samples import FULL, LEAST, SAMPLE_ALARM, SAMPLE_CHANNEL, SAMPLE_INVITATION, SAMPLE_LEVEL
from notifiers.message_samples import SAMPLE_STEP as STEP
from notifiers.message_values import day, neutral, seen, shortened, web_link
from notifiers.messages import (
    ALARM,
    CHANNEL_TEST,
    DIGEST,
    EVENTS,
    LANGUAGES,
    LONGEST_SUBJECT,
    STEP_BLOCKED,
    STEP_OVERDUE,
    STEP_REMINDER,
    STEP_RETURNED,
    STEP_SUBMITTED,
    STEP_UNLOCKED,
    Composed,
    FactsMissing,
    NoSuchMessage,
    compose,
)
from notifiers.rendering import message_environment, render_message, render_report

TEMPLATES = Path(rendering.__file__).parent / "templates"
EVERY = [(event, language) for event in EVENTS for language in LANGUAGES]
OF_STEPS = [(event, language) for event, language in EVERY if EVENTS[event] == "step"]

URGENCY = {
    "vi": ("Quá hạn", "Hôm nay đến hạn", "Sắp đến hạn", "Chờ xác nhận", "Bị trả lại", "Có thể", "Vướng mắc"),
    "en": ("Overdue", "Due today", "Reminder", "To verify", "Returned", "Ready", "Blocked"),
}
VOID = {"meta", "br", "img", "hr", "link", "input"}


class Page(HTMLParser):
    """Reads HTML strictly: what is opened is closed, in order; collects words, links and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.words: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend(name for name, _ in attrs)
        self.links.extend(value or "" for name, value in attrs if name in {"href", "src"})
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.words).split())


def flat(text: str) -> str:
    return " ".join(text.split())


def with_step(**values: object) -> MessageFacts:
    return replace(FULL, step=replace(STEP, **values))  # type: ignore[arg-type]


@pytest.mark.parametrize("facts", [FULL, LEAST], ids=["all facts", "fewest facts"])
@pytest.mark.parametrize(("event", "language"), EVERY)
def test_every_message_is_whole_in_both_languages(event: str, language: str, facts: MessageFacts) -> None:
    message = compose(event, language, facts)
    assert 0 < len(message.subject) <= LONGEST_SUBJECT
    assert message.subject.isprintable()
    assert message.text.startswith(message.subject[:40])
    assert "Nguyễn Văn An" in message.text
    for part in (message.subject, message.text, Page(message.html).said):
        assert "None" not in part
        assert "Undefined" not in part
        assert "{{" not in part
        assert not re.search(r" [,.;:)]|\( ", part), part


@pytest.mark.parametrize(("event", "language"), OF_STEPS)
def test_a_message_about_a_step_tells_what_why_and_by_when(event: str, language: str) -> None:
    message = compose(event, language, FULL)
    for told in (flat(message.text), Page(message.html).said):
        for fact in (
            getattr(STEP.title, language),
            "Phường Trúc Bạch (old:00004)",
            "01/07/2025",
            getattr(STEP.explanation, language),
            "CV 687/BKHCN-CĐSQG",
            getattr(STEP.evidence, language),
            "old:00004/DAT-05/giao",
            "bangiao step list --unit old:00004",
            "Hoàng Thị Em",
        ):
            assert fact in told
    assert str(STEP.link) in message.text
    assert STEP.link in Page(message.html).links
    assert message.subject.startswith(URGENCY[language])


@pytest.mark.parametrize(("event", "language"), OF_STEPS)
def test_who_was_told_before_and_who_is_next_stands_in_the_message(event: str, language: str) -> None:
    message = compose(event, language, FULL)
    level = SAMPLE_LEVEL
    for told in (flat(message.text), Page(message.html).said):
        for fact in (getattr(level.title, language), "Nguyễn Văn An, ", "Phạm Thị Dung, 02/07/2025", "08/07/2025"):
            assert fact in told
        assert getattr(level.next_title, language) in told
        assert ("08:00 ngày 04/07/2025" if language == "vi" else "04/07/2025 at 08:00") in told


def test_the_next_level_without_a_day_is_named_without_one() -> None:
    level = LevelFacts(title=Text(vi="Chủ tịch", en="Chair"), next_title=Text(vi="Ban chỉ đạo", en="Committee"))
    vi = flat(compose(STEP_OVERDUE, "vi", replace(FULL, level=level)).text)
    assert "Nếu bước này vẫn chưa hoàn thành thì chuyển sang bậc “Ban chỉ đạo”." in vi
    assert "Đã báo trước đó" not in vi


def test_each_message_says_what_happened_in_the_words_of_whoever_did_it() -> None:
    told = {event: flat(compose(event, "vi", FULL).text) for event in EVENTS}
    assert "Nội dung trình: Thiếu phụ lục số 2" in told[STEP_SUBMITTED]
    assert "do Trần Thị Bình trình" in told[STEP_SUBMITTED]
    assert "Người trả lại: Trần Thị Bình Lý do trả lại: Thiếu phụ lục số 2" in told[STEP_RETURNED]
    assert "Lý do vướng mắc: Thiếu phụ lục số 2 Người có thể tháo gỡ: Sở Khoa học và Công nghệ" in told[STEP_BLOCKED]
    assert "Dự kiến tháo gỡ: 09/07/2025" in told[STEP_BLOCKED]
    assert "Bước vừa xong: Khóa sổ số liệu" in told[STEP_UNLOCKED]
    assert "Đã hẹn hoàn thành: 03/07/2025 (Lê Văn Cường)" in told[STEP_OVERDUE]
    assert "n***@tinh.example" in told[CHANNEL_TEST]
    assert "12 bước quá hạn không có lần xem xét kế tiếp" in told[ALARM]
    assert "Lần hoạt động gần nhất: 03:30 ngày 04/07/2025" in told[ALARM]


@pytest.mark.parametrize(
    ("event", "left", "vi", "en"),
    [
        (STEP_OVERDUE, -3, "Quá hạn 3 ngày làm việc: ", "Overdue by 3 working days: "),
        (STEP_OVERDUE, -1, "Quá hạn 1 ngày làm việc: ", "Overdue by 1 working day: "),
        (STEP_OVERDUE, 0, "Quá hạn: ", "Overdue: "),
        (STEP_OVERDUE, None, "Quá hạn: ", "Overdue: "),
        (STEP_REMINDER, 3, "Sắp đến hạn (còn 3 ngày làm việc): ", "Reminder (3 working days left): "),
        (STEP_REMINDER, 1, "Sắp đến hạn (còn 1 ngày làm việc): ", "Reminder (1 working day left): "),
        (STEP_REMINDER, None, "Sắp đến hạn: ", "Reminder: "),
    ],
)
def test_a_subject_begins_with_how_urgent_it_is(event: str, left: int | None, vi: str, en: str) -> None:
    facts = with_step(working_days_left=left)
    assert compose(event, "vi", facts).subject.startswith(vi)
    assert compose(event, "en", facts).subject.startswith(en)


def test_a_long_title_leaves_the_unit_its_place_in_the_subject() -> None:
    title = Text(vi="Bàn giao " * 60, en="Hand over " * 60)
    facts = with_step(title=title, unit="Phường Trúc Bạch")
    subject = compose(STEP_OVERDUE, "vi", facts).subject
    assert len(subject) <= LONGEST_SUBJECT
    assert subject.endswith("… – Phường Trúc Bạch")
    assert flat("Bàn giao " * 60) in flat(compose(STEP_OVERDUE, "vi", facts).text)


@pytest.mark.parametrize(("event", "language"), EVERY)
def test_text_is_folded_at_72_columns_but_addresses_and_commands_are_whole(event: str, language: str) -> None:
    for line in compose(event, language, FULL).text.splitlines():
        assert len(line) <= 72 or line.startswith("    ")
    long = "https://bangiao.example/" + "x" * 300
    facts = with_step(link=long, command="bangiao step complete " + "y" * 90)
    text = compose(STEP_OVERDUE, language, facts).text
    assert f"    {long}\n" in text
    assert f"    bangiao step complete {'y' * 90}\n" in text


# Languages


WORDS = re.compile(r"[^\W\d_]+")
ENGLISH = {"the", "of", "and", "is", "to", "for", "by", "this", "you", "not", "are", "with", "step", "unit", "due"}


def own_words(path: Path) -> str:
    """What a template itself says: without expressions, blocks and what is the same in every language."""
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<style>.*?</style>|<[^>]*>", " ", path.read_text("utf-8"), flags=re.S)


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=str(path.relative_to(TEMPLATES))) for path in sorted(TEMPLATES.glob("*/*.??.txt"))],
)
def test_a_template_speaks_one_language(path: Path) -> None:
    text = path.read_text("utf-8")
    assert unicodedata.is_normalized("NFC", text)
    words = {word.lower() for word in WORDS.findall(own_words(path))}
    if path.name.endswith(".vi.txt"):
        assert not words & ENGLISH
    else:
        assert re.sub(r"[–…“”—]", "", text).isascii()


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_has_its_six_templates(event: str) -> None:
    wanted = {f"{part}.{language}.{end}" for part, end in (("subject", "txt"), ("text", "txt"), ("html", "html"))
              for language in LANGUAGES}  # fmt: skip
    assert wanted <= {path.name for path in (TEMPLATES / event).iterdir()}


@pytest.mark.parametrize(("event", "language"), EVERY)
def test_values_are_taken_in_the_language_of_the_message(event: str, language: str) -> None:
    other = "en" if language == "vi" else "vi"
    message = compose(event, language, FULL)
    for text in (STEP.title, STEP.explanation, STEP.evidence):
        assert text is not None
        assert getattr(text, other) not in flat(message.text)
    assert f'<html lang="{language}">' in message.html


# Hostile values


HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>' onmouseover='x",
    "{{ 7 * 7 }}{% for x in y %}",
    "</td></tr></table><h1>Gửi tiền vào tài khoản</h1>",
    "&lt;b&gt;",
)


def hostile_facts(bad: str) -> MessageFacts:
    text = Text(vi=bad, en=bad)
    step = replace(
        STEP, title=text, unit=bad, unit_key=bad, holder=bad, explanation=text, basis=bad, evidence=text,
        waits_for=(text,), because=text, by=bad, reason=bad, unblocker=bad, promised_by=bad, reference=bad,
        link=bad, command=bad,
    )  # fmt: skip
    level = LevelFacts(title=text, told=(Told(who=bad, at=date(2025, 7, 1)),), next_title=text)
    digest = DigestFacts(groups=tuple(DigestGroup(kind=kind, steps=(step,)) for kind in DigestKind), link=bad)
    alarm = replace(SAMPLE_ALARM, found=(text,), remedy=text, link=bad, command=bad)
    channel = replace(SAMPLE_CHANNEL, kind=text, address=bad, asked_by=bad)
    invitation = replace(SAMPLE_INVITATION, account=bad, by=bad, link=bad)
    return MessageFacts(
        recipient=replace(FULL.recipient, name=bad, in_place_of=bad),
        step=step, level=level, digest=digest, alarm=alarm, channel=channel, invitation=invitation,
    )  # fmt: skip


@pytest.mark.parametrize("bad", HOSTILE)
@pytest.mark.parametrize(("event", "language"), EVERY)
def test_markup_in_a_value_stays_words(event: str, language: str, bad: str) -> None:
    harmless, message = compose(event, language, hostile_facts("plain")), compose(event, language, hostile_facts(bad))
    page = Page(message.html)
    assert page.tags == Page(harmless.html).tags
    assert page.attributes == Page(harmless.html).attributes
    assert bad in page.said
    assert bad in flat(message.text)
    assert page.links == []


@pytest.mark.parametrize(("event", "language"), EVERY)
def test_html_has_no_script_no_handler_and_nothing_from_elsewhere(event: str, language: str) -> None:
    message = compose(event, language, FULL)
    page = Page(message.html)
    assert not [name for name in page.attributes if name.startswith("on") or name in {"src", "style"}]
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(page.tags)
    assert "url(" not in message.html
    assert all(link.startswith("https://bangiao.example/") for link in page.links)


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " https://bangiao.example/",
        "data:text/html,x",
        "https:/nowhere",
        "https://bangiao.example@evil.example/",
        "https://bangiao.example/\n\nBcc: x",
        'https://bangiao.example/"onclick="x',
        "https://bangiao.example/\u202egnp.exe",
        "https://[::1",
        "//evil.example/",
        "ftp://bangiao.example/",
        "https://bangiao.example/" + "x" * 3000,
        "",
    ],
)
def test_what_is_not_an_ordinary_web_address_is_no_link(link: str) -> None:
    assert web_link(link) is None
    message = compose(STEP_OVERDUE, "en", with_step(link=link))
    assert Page(message.html).links == []
    assert "Open the step" not in message.text
    assert "Type:\n    bangiao step list" in message.text


def test_http_and_https_are_links() -> None:
    for link in ("https://bangiao.example/a?b=1&c=2#d", "http://127.0.0.1:8000/steps/1"):
        message = compose(STEP_OVERDUE, "vi", with_step(link=link))
        assert link in message.text
        assert Page(message.html).links == [link]


BREAKING = "Thêm\r\nBcc: ai@evil.example\r\n\r\n= Hạn: 31/12/2099\n## Việc khác\u2028- mục\x0b\x85\tcuối"


@pytest.mark.parametrize(("event", "language"), EVERY)
def test_a_line_break_in_a_value_begins_no_line(event: str, language: str) -> None:
    message = compose(event, language, hostile_facts(BREAKING))
    harmless = compose(event, language, hostile_facts("plain"))
    assert message.subject.isprintable()
    assert Page(message.html).tags == Page(harmless.html).tags
    assert not re.search(r"^(Bcc|Hạn: 31/12|Việc khác$)", message.text, flags=re.M)
    assert not re.search(r"[\r\x0b\x85\u2028\t]", message.text + message.html)


def test_marks_that_turn_or_hide_writing_do_not_arrive() -> None:
    hidden = "gi\u202ea\u200bo \u2066x\u2069 \ufeffA\u0000B\u00adC \ud800"
    assert neutral(hidden) == "giao x A BC �"
    facts = with_step(unit=hidden)
    message = compose(STEP_OVERDUE, "vi", facts)
    for part in (message.subject, message.text, message.html):
        part.encode("utf-8")
        assert not re.search(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\u00ad\u0000]", part)


def test_text_is_not_escaped() -> None:
    message = compose(STEP_RETURNED, "vi", with_step(reason='A & B < C\'s "D"'))
    assert 'Lý do trả lại: A & B < C\'s "D"' in message.text
    assert "A &amp; B &lt; C&#39;s &#34;D&#34;" in message.html


def test_words_are_composed_and_endless_values_are_cut() -> None:
    assert neutral(unicodedata.normalize("NFD", "Phường Trúc Bạch")) == "Phường Trúc Bạch"
    text = compose(STEP_RETURNED, "vi", with_step(reason="x" * 1_000_000)).text
    assert len(text) < 6_000
    assert shortened("ab\u0323\u0323c", 3) == "a…"


def test_an_instant_without_a_zone_is_refused() -> None:
    assert day(datetime(2025, 6, 30, 17, 30, tzinfo=UTC), "vi") == "00:30 ngày 01/07/2025"
    with pytest.raises(ValueError, match="zone"):
        day(datetime(2025, 6, 30, 17, 30), "vi")  # noqa: DTZ001


# Digest


def many(count: int) -> tuple[StepFacts, ...]:
    return tuple(
        replace(STEP, reference=f"old:{at:05}/DAT-05", due_on=date(2025, 7, 1 + at % 28), link=None)
        for at in range(count)
    )


def digest(**groups: tuple[StepFacts, ...]) -> MessageFacts:
    facts = DigestFacts(groups=tuple(DigestGroup(kind=DigestKind(kind), steps=s) for kind, s in groups.items()))
    return replace(FULL, digest=facts)


def test_ten_thousand_steps_are_one_message_with_thirty_of_them() -> None:
    facts = digest(to_verify=many(12), overdue=many(9_970), due_today=many(2))
    vi, en = compose(DIGEST, "vi", facts), compose(DIGEST, "en", facts)
    assert vi.subject == "Quá hạn: 9.970 bước; Hôm nay đến hạn: 2 bước; Chờ xác nhận: 12 bước"
    assert en.subject == "Overdue: 9,970 steps; Due today: 2 steps; To verify: 12 steps"
    assert vi.text.count("Mã bước") == 30
    assert "Và 9.945 bước nữa cùng loại" in vi.text  # 25 overdue, 2 due today, 3 to verify
    assert "And 9,945 more of this kind" in en.text
    assert "Và 9 bước nữa cùng loại" in vi.text
    assert vi.text.index("Quá hạn: 9.970 bước\n---") < vi.text.index("Chờ xác nhận: 12 bước\n---")
    assert Page(vi.html).tags.count("li") == 30


def test_a_digest_shows_the_longest_overdue_first_and_counts_what_it_was_not_given() -> None:
    first = compose(DIGEST, "vi", digest(overdue=tuple(reversed(many(100))))).text
    again = compose(DIGEST, "vi", digest(overdue=many(100))).text
    assert first == again
    assert first.index("01/07/2025") < first.index("02/07/2025")
    group = DigestGroup(kind=DigestKind.SOON, steps=many(1), total=5_000)
    one = compose(DIGEST, "en", replace(FULL, digest=DigestFacts(groups=(group,))))
    assert one.subject == "Due soon: 5,000 steps"
    assert "And 4,999 more" in one.text


def test_what_waits_for_a_verifier_does_not_drown() -> None:
    text = compose(DIGEST, "en", digest(overdue=many(500), to_verify=many(5), unlocked=many(5))).text
    parts = text.split("\nTo verify: ")
    assert parts[1].count("Step number") == 6
    assert parts[0].count("Step number") == 24


def test_an_empty_digest_says_so() -> None:
    message = compose(DIGEST, "vi", LEAST)
    assert message.subject == "Tổng hợp: không có bước nào cần báo"
    assert "không có bước công việc nào cần lưu ý" in message.text


# Strictness, and the sandbox


def test_a_message_without_its_facts_is_refused() -> None:
    with pytest.raises(FactsMissing, match=re.escape("“step.overdue” cannot be written without the facts “step”")):
        compose(STEP_OVERDUE, "vi", MessageFacts(recipient=FULL.recipient))
    with pytest.raises(NoSuchMessage):
        compose("step.overdu", "vi", FULL)
    with pytest.raises(NoSuchMessage):
        compose(STEP_OVERDUE, "fr", FULL)


def test_reports_still_fail_on_a_value_nobody_gave() -> None:
    with pytest.raises(UndefinedError):
        render_report("decision.opened", "body.md", number="1/NQ")


def override(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def tried(folder: Path, text: str, name: str = "step.overdue/text.vi.txt") -> str:
    override(folder, name, text)
    values = {"step": seen(STEP, "vi"), "event": STEP_OVERDUE, "language": "vi", "said": ()}
    return render_message(message_environment("vi", folder), name, values)


@pytest.mark.parametrize(
    "text",
    [
        "{{ step.__class__ }}",
        "{{ step.title.__class__.__mro__ }}",
        "{{ step.title.upper() }}",
        "{{ '{0.__class__}'.format(step) }}",
        "{{ 'a' * 1000000000 }}",
        "{{ '%01000000000d' % 1 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{% for a in step.title %}{% for b in step.title %}{% for c in step.title %}{% for d in step.title %}"
        "{{ step.explanation }}{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
    ],
)
def test_an_offices_template_can_neither_run_nor_swell(tmp_path: Path, text: str) -> None:
    with pytest.raises((SecurityError, UndefinedError)):
        tried(tmp_path, text)


@pytest.mark.parametrize("text", ["{{ step.title | safe }}", "{{ 1 | center(10000000) }}", "{{ '' | format(1) }}"])
def test_filters_are_an_allow_list(tmp_path: Path, text: str) -> None:
    with pytest.raises(Exception, match="No filter named"):
        tried(tmp_path, text)


@pytest.mark.parametrize("name", ["range(9)", "lipsum()", "namespace()", "cycler()", "dict()"])
def test_nothing_stands_around_to_be_called(tmp_path: Path, name: str) -> None:
    with pytest.raises(UndefinedError):
        tried(tmp_path, "{{ " + name + " }}")


@pytest.mark.parametrize("how", ['{% include "NAME" %}', '{% import "NAME" as x %}{{ x.f() }}', '{% extends "NAME" %}'])
def test_html_takes_in_no_unescaped_words(tmp_path: Path, how: str) -> None:
    override(tmp_path, "shared/bold.txt", "{% macro f() %}{{ '<b>' }}{% endmacro %}<b>")
    with pytest.raises(SecurityError, match="not escaped"):
        tried(tmp_path, how.replace("NAME", "shared/bold.txt"), "step.overdue/html.vi.html")


def test_a_template_reads_no_file_outside_its_folders(tmp_path: Path) -> None:
    override(tmp_path, "secret.txt", "mật")
    with pytest.raises(Exception, match=re.escape("../secret.txt")):
        tried(tmp_path / "office", '{% include "../secret.txt" %}')


def test_an_offices_own_words_come_before_ours(tmp_path: Path) -> None:
    override(tmp_path, "step.overdue/subject.vi.txt", "Quá hạn tại {{ step.unit }}: {{ step.title }}")
    message = compose(STEP_OVERDUE, "vi", FULL, tmp_path)
    assert message.subject == "Quá hạn tại Phường Trúc Bạch: Bàn giao dữ liệu cho đơn vị mới"
    assert message.text.startswith(message.subject)
    assert message.mishap is None
    assert compose(STEP_OVERDUE, "en", FULL, tmp_path) == compose(STEP_OVERDUE, "en", FULL)
    assert lint_templates(tmp_path) == ()


@pytest.mark.parametrize(
    "broken",
    [
        "{{ step.titel }}",
        "{% if %}",
        "{{ 1 / 0 }}",
        "{{ 1 + step.title }}",
        '{% include "step.overdue/subject.vi.txt" %}',
    ],
)
def test_a_broken_override_is_passed_over_and_named(tmp_path: Path, broken: str) -> None:
    override(tmp_path, "step.overdue/subject.vi.txt", broken)
    message = compose(STEP_OVERDUE, "vi", FULL, tmp_path)
    ours = compose(STEP_OVERDUE, "vi", FULL)
    assert message.mishap
    assert Composed(message.subject, message.text, message.html) == ours


# Lint


def problems(folder: Path) -> list[tuple[str, int, str]]:
    return [
        (found.file.relative_to(folder).as_posix(), found.line, found.problem.render(str))
        for found in lint_templates(folder)
    ]


def test_our_own_templates_pass(tmp_path: Path) -> None:
    for event in [*EVENTS, "shared"]:
        shutil.copytree(TEMPLATES / event, tmp_path / event)
    assert problems(tmp_path) == []


def test_a_misspelt_name_is_found_with_file_and_line(tmp_path: Path) -> None:
    override(
        tmp_path,
        "step.overdue/subject.vi.txt",
        "Quá hạn\n{{ step.titel }}\n{{ unit }}{% if false %}{{ x.y }}{% endif %}",
    )
    override(tmp_path, "step.overdue/text.en.txt", "{{ subject }}\n{% if %}")
    override(tmp_path, "step.overdu/text.en.txt", "Overdue")
    override(tmp_path, "digest/html.vi.html", "{{ said }}{{ subject }}\n\n{{ step }}")
    assert problems(tmp_path) == [
        ("digest/html.vi.html", 3, "nobody gives a value called “step”"),
        ("step.overdu/text.en.txt", 1, "no message asks for this template: the names are EVENT/PART.LANGUAGE"),
        ("step.overdue/subject.vi.txt", 2, "nobody gives a value called “step.titel”"),
        ("step.overdue/subject.vi.txt", 3, "nobody gives a value called “unit”"),
        ("step.overdue/subject.vi.txt", 3, "nobody gives a value called “x”"),
        ("step.overdue/text.en.txt", 2, "not a template: Expected an expression, got 'end of statement block'"),
    ]


def test_a_failure_that_only_rendering_shows_has_its_line(tmp_path: Path) -> None:
    override(
        tmp_path,
        "digest/text.vi.txt",
        "{{ digest.link }}\n{% for group in digest.groups %}\n{{ group.nam }}\n{% endfor %}",
    )
    found = problems(tmp_path)
    assert [(file, line) for file, line, _ in found] == [("digest/text.vi.txt", 3)]
    assert "nam" in found[0][2]


def test_a_text_that_forgets_the_due_date_is_found(tmp_path: Path) -> None:
    override(
        tmp_path,
        "step.reminder/text.vi.txt",
        "{{ subject }}\n\n{{ step.title }}, {{ step.unit }}: {{ step.explanation }}\n",
    )
    assert {said for _, _, said in problems(tmp_path)} == {
        f"the message does not tell “step.{fact}”" for fact in ("due_on", "basis", "link")
    }


# Layout


def test_lines_become_pieces_and_pieces_text() -> None:
    found = pieces(
        "Một\nđoạn\n\n= Hạn: 1: 2\n\n= Đơn vị: A\n## Đầu\n- mục\n    https://a.example/\n- hai — ba\n\nGõ:\n    lệnh\n"
    )
    assert [piece.kind for piece in found] == ["paragraph", "fact", "fact", "heading", "item", "item", "paragraph"]
    assert as_text(found) == (
        "Một đoạn\n\nHạn: 1: 2\nĐơn vị: A\n\nĐầu\n---\n- mục\n    https://a.example/\n- hai — ba\n\nGõ:\n    lệnh\n"
    )
    assert isinstance(seen(found, "vi")[0], SimpleNamespace)
