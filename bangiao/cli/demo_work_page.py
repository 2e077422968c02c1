"""The demonstration's day of work, told: complete, return, block, and a receive step that unlocks with the last one."""

from __future__ import annotations

from bangiao.cli.output import heading, number, out, progress_bar
from bangiao.cli.step_orders import Result
from bangiao.cli.step_pages import receipt
from bangiao.demo_work import VERIFIER, DayOfWork
from bangiao.i18n import _, render
from bangiao.wiring import Wiring
from checklists.desk import Acted
from checklists.errors import HandoverError
from checklists.step_rules import Request
from checklists.steps import Act
from checklists.units import UnitKey


def day_of_work(wiring: Wiring, unit: UnitKey) -> Acted | None:
    """Play it and tell it; gives the last delivery, which unlocked the receive step."""
    day = DayOfWork(wiring, unit)
    first, second, *others = day.handover.gives
    out.print()
    heading(_("A day of work"))
    _complete_and_return(day, first)
    _block(day, second)
    last = _all_others(day, [first, second, *others])
    if last:
        out.print(_("The last one delivers, and the receive step unlocks in the same transaction:"))
        _tell(last)
    return last


def _complete_and_return(day: DayOfWork, give: int) -> None:
    *before, last = day.handover.gives[give]
    out.print(_("A lead tries to verify their own work; the verifier returns it; it comes back better:"))
    for _acted in day.delivered(before):
        pass
    submitted = day.act(last, Request(Act.COMPLETE), evidence=day.proof("Biên bản bàn giao, chưa có phụ lục"))
    _tell(submitted)
    try:
        day.act(last, Request(Act.VERIFY, seen=submitted.after.evidence_hash), day.lead_of(last))
    except HandoverError as refused:
        out.print(f"  {render(refused.message)}", style="yellow")
    _tell(day.act(last, Request(Act.RETURN, reason="thiếu phụ lục danh mục bộ dữ liệu"), VERIFIER))
    better = day.act(last, Request(Act.COMPLETE), evidence=day.proof("Biên bản bàn giao, có phụ lục"))
    _tell(day.act(last, Request(Act.VERIFY, seen=better.after.evidence_hash), VERIFIER))


def _block(day: DayOfWork, give: int) -> None:
    step = day.handover.gives[give][0]
    out.print(_("Another unit is blocked, says by what and by whom, and goes on:"))
    _tell(day.act(step, Request(Act.BLOCK, "chưa có đường truyền", "VNPT", day.next_week())))
    _tell(day.act(step, Request(Act.UNBLOCK, "đã có đường truyền")))


def _all_others(day: DayOfWork, gives: list[int]) -> Acted | None:
    steps = [*day.handover.own, *(one for give in gives for one in day.handover.gives[give])]
    done: list[Acted] = []
    with progress_bar(_("Delivering"), len(steps)) as advance:
        for acted in day.delivered(steps):
            done.append(acted)
            advance()
    out.print(_("All others deliver, with evidence: {count} steps.").format(count=number(len(done))))
    return done[-1] if done else None


def _tell(acted: Acted) -> None:
    receipt([Result(acted.after.id, acted)], as_json=False)
