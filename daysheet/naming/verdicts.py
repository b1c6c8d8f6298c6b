"""What a verdict means for the sender: the issue code of each verdict code."""

from collections.abc import Sequence

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


def status_of(codes: Sequence[VerdictCode]) -> Status:
    """Return the worst status among *codes*."""
    letters = {code.code[0] for code in codes if code.code not in (OK, FIXED)}
    if "X" in letters:
        return Status.REJECTED
    if "C" in letters:
        return Status.NEEDS_COMPLETION
    return Status.AUTO_FIXED if any(code.code == FIXED for code in codes) else Status.CONFORMANT


def fixed(canonical: str, edits: Sequence[Edit]) -> VerdictCode:
    """Return the code of a name that was put right, with the steps that did it."""
    return VerdictCode(FIXED, {"canonical": canonical, "steps": " ".join(dict.fromkeys(edit.code for edit in edits))})
