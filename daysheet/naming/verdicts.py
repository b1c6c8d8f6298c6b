"""What a verdict means for the sender: the issue code of each verdict code."""

from collections.abc import Mapping, Sequence

from daysheet.model.issues import IssueCode
from daysheet.model.names import Edit, Status, VerdictCode

FIXED = "FIXED"
OK = "OK"

_ISSUES = {
    FIXED: IssueCode.NAME_FIXED,
    "C01": IssueCode.NAME_NO_FORM,
    "C02": IssueCode.NAME_BRAND_ONLY,
    "C03": IssueCode.NAME_NO_UNIT,
    "C04": IssueCode.NAME_REGION_AMBIGUOUS,
    "C05": IssueCode.NAME_LIKE_PERSON,
    "C06": IssueCode.NAME_NO_REGION,
    "C07": IssueCode.NAME_NO_PARENT,
    "C08": IssueCode.NAME_AMBIGUOUS,
    "X01": IssueCode.NAME_PLACEHOLDER,
    "X02": IssueCode.NAME_PHONE_OR_MAIL,
    "X03": IssueCode.NAME_PERSON,
    "X04": IssueCode.NAME_TOO_SHORT,
    "X05": IssueCode.NAME_SEVERAL,
    "X06": IssueCode.NAME_ID_NUMBER,
    "X07": IssueCode.NAME_GENERIC,
    "X08": IssueCode.NAME_OWN_COMPANY,
}


def issue_code(code: VerdictCode) -> IssueCode | None:
    """Return the issue a verdict code is told as, None where there is nothing to tell."""
    return _ISSUES.get(code.code)


def status_of(codes: Sequence[VerdictCode], overrides: Mapping[str, str] = {}) -> Status:
    """Return the worst status among *codes*; a code that a company only warns of counts for nothing."""
    names = {code.code for code in codes if overrides.get(code.code) != "warn_only"}
    if any(name[0] == "X" for name in names):
        return Status.REJECTED
    if any(name[0] == "C" for name in names):
        return Status.NEEDS_COMPLETION
    return Status.AUTO_FIXED if names & {FIXED, "BR_ASSUMED", "USCC"} else Status.CONFORMANT


def fixed(canonical: str, edits: Sequence[Edit]) -> VerdictCode:
    """Return the code of a name that was put right, with the steps that did it."""
    steps = dict.fromkeys(edit.code for edit in edits if not _is_bracket(edit))
    return VerdictCode(
        FIXED, {"canonical": canonical, "steps": " ".join(steps or dict.fromkeys(e.code for e in edits))}
    )


def _is_bracket(edit: Edit) -> bool:
    """Say whether an edit only gives a bracket its width, which the last step gives back."""
    return {edit.before, edit.after} in ({"(", "（"}, {")", "）"})
