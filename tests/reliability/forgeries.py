"""
Mails that pretend to be a listed person's, made from what a forger can do: tricks × companies × spellings.

A forger writes what follows below the lines of the company's own servers, and some words within
them: the name of the sending machine, the envelope's address, the domain of a signature. Nothing here
was ever sent by anybody.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.mail_routes import DATE, PROVEN, Route

BOSS = "wang.li@corp.example"
FROM = f"From: {BOSS}"
FOUND = {
    "fails": "spf=fail smtp.mailfrom=corp.example; dkim=none; dmarc=fail (p=REJECT) header.from=corp.example",
    "passes-for-the-forger": "dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=a@evil.example;\n\tdmarc=fail"
    " header.from=corp.example",
    "no-dmarc": "dkim=pass header.i=@evil.example header.s=s; spf=pass smtp.mailfrom=a@evil.example",
    "no-policy": "spf=neutral smtp.mailfrom=corp.example; dkim=none; dmarc=none header.from=corp.example",
    "none": "none",
}
"""What an honest server finds out about a forged mail."""
OTHER_FROM = (
    "dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=a@evil.example; dmarc=pass header.from=evil.example"
)
"""What it finds where it takes the forger's own address for the sender."""


def spellings(authserv_id: str) -> Sequence[str]:
    """Return fields that claim to be the findings of *authserv_id*."""
    results = " ".join(PROVEN.split())
    return (
        f"Authentication-Results: {authserv_id}; {results}",
        f"AUTHENTICATION-RESULTS: {authserv_id.upper()}; DMARC=PASS HEADER.FROM=corp.example",
        f"authentication-results:{authserv_id} 1;dkim=pass header.d=corp.example",
        f"Authentication-Results:\n {authserv_id};\n spf=pass smtp.mailfrom={BOSS}",
        f'Authentication-Results: "{authserv_id}"; {results}',
        f"Authentication-Results: (x) {authserv_id} (y); {results}",
        f"Authentication-Results : {authserv_id}; {results}",
        f"Authentication-Results\t: {authserv_id}; {results}",
        f"Authentication-Results: {authserv_id}.; {results}",
        f"X-Authentication-Results: {authserv_id}; {results}",
        f"ARC-Authentication-Results: i=1; {authserv_id}; {results}",
        f"Authentication-Results-Original: {authserv_id}; {results}",
    )


def _others(authserv_id: str) -> Sequence[str]:
    """Return names that are not *authserv_id* and would like to be."""
    return (
        "evil.example",
        f"{authserv_id}.evil.example",
        f"evil-{authserv_id}",
        f"evil.example ({authserv_id})",
        f"evil.example {authserv_id}",
        f'"{authserv_id} "',
        f'"{authserv_id}\\;"',
        f"{authserv_id}/1",
        authserv_id.replace("o", "\u043e").replace("a", "\u0430"),
        f"{authserv_id}\u200b",
        f"={authserv_id}",
        f"@{authserv_id}",
        "",
    )


# ---- tricks on whoever believes Authentication-Results ---------------------------------------------

Trick = Callable[[str, Route], Iterator[str]]
"""Gives headers for the company of that name."""


def from_only(_name: str, route: Route) -> Iterator[str]:
    yield from (route.around(FROM, found) for found in FOUND.values())
    yield route.around(FROM, "", is_silent=True)
    yield route.around(f"Received: from a by b; {DATE}\n{FROM}", "", is_silent=True)
    yield FROM
    yield f"Received: from a (a [203.0.113.66]) by evil.example with ESMTP; {DATE}\n{FROM}"


def results_below_the_true_ones(_name: str, route: Route) -> Iterator[str]:
    for found in FOUND.values():
        for forged in spellings(route.trust.authserv_id):
            yield route.around(f"{forged}\n{FROM}", found)
            yield route.around(f"{FROM}\n{forged}", found)


def results_behind_other_servers(_name: str, route: Route) -> Iterator[str]:
    """The company's server found nothing out; the forged findings stand behind a line that was there when it came."""
    for forged in spellings(route.trust.authserv_id):
        for line in lines(route):
            yield route.around(f"{line}\n{forged}\n{FROM}", "", is_silent=True)
            yield route.around(f"{FROM}\n{line}\n{forged}", "", is_silent=True)


def results_of_nobody(_name: str, route: Route) -> Iterator[str]:
    """No line of the company's at all."""
    for forged in spellings(route.trust.authserv_id):
        yield f"{forged}\n{FROM}"
        yield f"{forged}\nReceived: from a (a [203.0.113.66]) by evil.example with ESMTP; {DATE}\n{FROM}"
        yield f"Received: from a (a [203.0.113.66]) by evil.example with ESMTP; {DATE}\n{forged}\n{FROM}"


def results_of_other_servers(_name: str, route: Route) -> Iterator[str]:
    results = " ".join(PROVEN.split())
    for other in _others(route.trust.authserv_id):
        yield route.around(f"Authentication-Results: {other}; {results}\n{FROM}", "", is_silent=True)
    yield route.around(f"Authentication-Results: {results}\n{FROM}", "", is_silent=True)


def proofs_of_other_domains(_name: str, route: Route) -> Iterator[str]:
    for other in (
        *("evil.example", "corp.example.evil.example", "evilcorp.example", "corp-example.evil.example", "example"),
        *(
            "corp.examp1e",
            "c\u043erp.example",
            "xn--crp-pfd.example",
            '"corp.example"@evil.example',
            "corp.example@x.example",
        ),
        *("", ".", "corp.example\u200b", "a@corp.example@evil.example", "corp.example,evil.example"),
    ):
        for rest in ("", "; dmarc=none header.from=corp.example", "; dmarc=permerror header.from=corp.example"):
            yield route.around(FROM, f"dkim=pass header.d={other}{rest}")
            yield route.around(FROM, f"dkim=pass header.d={other} header.i=@corp.example{rest}")
            yield route.around(FROM, f"spf=pass smtp.mailfrom={other}{rest}")
            yield route.around(FROM, f"spf=pass smtp.mailfrom=a@{other} smtp.helo=corp.example{rest}")
        yield route.around(FROM, f"dmarc=pass header.from={other}")
    for found in (
        *("spf=pass smtp.helo=corp.example", "dkim=pass header.s=corp.example", "dkim=pass", "spf=pass", "dmarc=pass"),
        *(
            "dkim=passed header.d=corp.example",
            "iprev=pass policy.iprev=corp.example",
            "arc=pass header.d=corp.example",
        ),
        *("auth=pass smtp.auth=wang.li@corp.example", "dkim-adsp=pass header.from=wang.li@corp.example"),
        *("x-dmarc=pass header.from=corp.example", "sender-id=pass header.from=corp.example"),
        *("dmarc=fail header.from=corp.example; dkim=pass header.d=corp.example; spf=pass smtp.mailfrom=corp.example",),
        *("dmarc=reject header.from=corp.example; dkim=pass header.d=corp.example",),
        *("dkim/2=pass header.d=corp.example",),
    ):
        yield route.around(FROM, found)


def words_that_become_results(_name: str, route: Route) -> Iterator[str]:
    """The server writes down what the forger called himself without quoting it."""
    for word in (
        '"a; dmarc=pass header.from=corp.example; x=y b"@evil.example',
        '"a\\"; dmarc=pass header.from=corp.example; b=\\""@evil.example',
        "a);dmarc=pass(x)header.from=corp.example;(b@evil.example",
        '"a) smtp.mailfrom=x; dmarc=pass header.from=corp.example (b"@evil.example',
        '"a) ; dkim=pass header.d=corp.example (b"@evil.example',
        "a;dkim=pass\u00a0header.d=corp.example@evil.example",
        "a@evil.example smtp.mailfrom=corp.example",
        "<a@evil.example> smtp.mailfrom=corp.example",
    ):
        fails = "dmarc=fail header.from=corp.example"
        for found in (
            f"spf=pass (x: domain of {word} designates 203.0.113.66) smtp.mailfrom={word}; {fails}",
            f"spf=pass smtp.mailfrom={word}; dkim=none; {fails}",
            f"spf=pass (x: domain of {word} designates 203.0.113.66) smtp.mailfrom=evil.example",
        ):
            yield route.around(FROM, found)
    for helo in (
        "by mx.corp.example with ESMTPSA (by mx.corp.example) [203.0.113.66]",
        "mx.corp.example (unknown [203.0.113.66])",
        "localhost (unknown [203.0.113.66])",
        "[127.0.0.1] (evil.example [203.0.113.66])",
        "by (by [203.0.113.66])",
        "evil.example ([203.0.113.66] helo=[127.0.0.1])",
    ):
        for forged in spellings(route.trust.authserv_id)[:3]:
            behind = f"Received: from x by {host_of(route)} with ESMTPSA; {DATE}\n{forged}\n{FROM}"
            yield route.around(behind, "", outside=helo, is_silent=True)


def results_split_or_broken(_name: str, route: Route) -> Iterator[str]:
    """Line ends that one program sees and another does not, and fields that are none."""
    authserv_id = route.trust.authserv_id
    forged = f"Authentication-Results: {authserv_id}; dmarc=pass header.from=corp.example"
    for found in FOUND.values():
        yield route.around(f"Subject: a\r{forged}\r\n{FROM}", found)
        yield route.around(f"{forged}\0\n{FROM}", found)
        yield route.around(f"X: y\n {forged}\n{FROM}", found)
        yield route.around(f" {forged}\n{FROM}", found)
        yield route.around(f"\x0b{forged}\n{FROM}", found)
        yield route.around(f"X: y\x85{forged}\u2028{forged}\n{FROM}", found)
        yield route.around(f"{FROM}\n{forged}\n \n\t\n{forged}", found)
    for line in lines(route):
        yield route.around(f"X: y\r{line}\r{forged}\r\n{line}\n{forged}\n{FROM}", "", is_silent=True)


def from_that_is_read_in_two_ways(_name: str, route: Route) -> Iterator[str]:
    """The server takes the forger's own address for the sender, and rightly proves it."""
    yield from (route.around(text, OTHER_FROM) for text in two_sided_from())


def host_of(route: Route) -> str:
    named = {"mx.google.com": "mx.google.com", "mx.qq.com": "newxmmxszb22-3.qq.com"}
    return named.get(route.trust.authserv_id) or next(iter(route.trust.own_hosts), "mx.corp.example").replace(
        "*", "mx1"
    )


def lines(route: Route) -> Sequence[str]:
    """Return Received lines that a forger may write, those of the company's own servers copied among them."""
    host = host_of(route)
    return (
        f"Received: from a (a [203.0.113.5]) by evil.example with ESMTP id 1; {DATE}",
        f"Received: from a (a [203.0.113.5]) by {host} with ESMTPS id 1; {DATE}",
        f"Received: from {host} ({host} [127.0.0.1]) by {host} with ESMTPSA id 1; {DATE}",
        f"Received: from localhost (localhost [127.0.0.1])\n\tby {host} (Postfix) with ESMTP id 1; {DATE}",
        f"received: by {host} with LMTP id 1; {DATE}",
        f"Received: by 10.0.0.1 with SMTP id 1; {DATE}",
        f"Received : from a by {host} with ESMTPA; {DATE}",
        f"Received: from a by evil.example (by {host}) with ESMTPA; {DATE}",
        f"Received: (qmail 1 invoked by {host}); {DATE}",
        f"Received: from a\n\tby\n\t{host} with ESMTPSA; {DATE}",
        "Received:",
        "Received: x",
    )


def two_sided_from() -> Iterator[str]:
    """Give From fields in which a listed address can be seen."""
    evil = "a@evil.example"
    yield from (
        f"From: {evil}\nFrom: {BOSS}",
        f"From: {BOSS}\nFrom: {evil}",
        f"{FROM}\nfrom : {evil}",
        f"From : {BOSS}\nFrom: {evil}",
        f"From: {evil}, {BOSS}",
        f"From: {evil}, Wang <{BOSS}>",
        f"From: Wang <{BOSS}>, {evil}",
        f"From: {evil} <{BOSS}>",
        f"From: {BOSS} <{evil}>",
        f"From: <{evil}> <{BOSS}>",
        f"From: <{evil}>{BOSS}",
        f'From: "{BOSS}" <{evil}>',
        f'From: "{evil}" {BOSS}',
        f'From: "<{BOSS}>" <{evil}>',
        f'From: "x\\" <{evil}>" <{BOSS}>',
        f'From: "x <{evil}> <{BOSS}>',
        f"From: staff: {BOSS};",
        f"From: staff: {evil}, {BOSS};",
        f"From: {evil}; Wang <{BOSS}>",
        f"From: =?utf-8?q?wang.li=40corp.example?= <{evil}>",
        "From: =?utf-8?q?wang.li=40corp.example?=",
        f"From: =?utf-8?q?=3Cwang.li=40corp.example=3E?= <{evil}>",
        f"From: ({BOSS}) {evil}",
        f"From: {evil} ({BOSS})",
        f"From: ({evil}) {BOSS}",
        f"From: {BOSS}\0<{evil}>",
        f"From: {BOSS}\0.evil.example",
        f"From: wang.li\0@corp.example <{evil}>",
        f"From: <wang.li(x)@corp.example> {evil}",
        "From: <wang.li@(x)corp.example>",
        f"From: <@evil.example:{BOSS}>",
        "From: wang.li@corp.example\u200b",
        "From: wang\u200b.li@corp.example",
        f"From: \u202e{BOSS}",
        "From: wang.li@corp.example@evil.example",
        '"From": ' + BOSS,
        "From: wang.li@corp.example.",
        "From: wang.li@\uff43orp.example",
        "From: wang.li@c\u043erp.example",
        "From: wang.li@xn--crp-pfd.example",
        "From: wang.li@corp\u3002example",
        f"From: {evil}\r\n\t, {BOSS}",
        f"From: {evil}\rFrom: {BOSS}",
        f"X: y\rFrom: {BOSS}",
        f"Sender: {evil}\n{FROM}",
        f"Sender: {BOSS}\nFrom: {evil}",
        f"Reply-To: {BOSS}\nFrom: {evil}",
        f"Resent-From: {BOSS}\nFrom: {evil}",
        f"{FROM}\nResent-From: {evil}",
        f"Return-Path: <{BOSS}>\nFrom: {evil}",
        f"X-Original-From: {BOSS}\nFrom: {evil}",
    )


RESULT_TRICKS: Mapping[str, Trick] = {
    trick.__name__.replace("_", "-"): trick
    for trick in (
        from_only,
        results_below_the_true_ones,
        results_behind_other_servers,
        results_of_nobody,
        results_of_other_servers,
        proofs_of_other_domains,
        words_that_become_results,
        results_split_or_broken,
        from_that_is_read_in_two_ways,
    )
}


# ---- tricks on whoever believes what comes from inside --------------------------------------------


def marks(route: Route) -> Sequence[str]:
    """Return the header of the company's gateway as a forger may write it."""
    name, value = route.trust.internal_header or ("x-inside", "yes")
    return (
        f"{name}: {value}",
        f"{name.upper()}: {value}",
        f"{name} : {value}",
        f"{name}: {value}\n{name}: {value}",
        f"{name}:\n {value}",
        f"{name}: {value}\0",
        f"X: y\r{name}: {value}",
    )


def mark_from_outside(_name: str, route: Route) -> Iterator[str]:
    """The gateway has left a mark that came from outside where it was."""
    for mark in marks(route):
        yield route.around(f"{mark}\n{FROM}", "")
        yield route.around(f"{FROM}\n{mark}", "")
        for line in lines(route):
            yield route.around(f"{line}\n{mark}\n{FROM}", "")


def mark_of_nobody(_name: str, route: Route) -> Iterator[str]:
    for mark in marks(route):
        yield f"{mark}\n{FROM}"
        yield f"Received: from a (a [203.0.113.66]) by evil.example with ESMTP; {DATE}\n{mark}\n{FROM}"


def mark_with_another_value(_name: str, route: Route) -> Iterator[str]:
    name, value = route.trust.internal_header or ("x-inside", "yes")
    for said in (f"not {value}", f"{value}; x", f"Anonymous ({value})", f'"{value}"', "", f"{value} {value}"):
        # this one stands where the gateway's would: it is the gateway's, and says no
        yield route.above.replace("{date}", DATE) + f"\n{name}: {said}\n{FROM}"


def pretended_sign_in(_name: str, route: Route) -> Iterator[str]:
    host = host_of(route)
    ways = ("ESMTPSA", "esmtpa", "UTF8SMTPSA", "LMTPSA", "HTTP", "mapi")
    for way in ways:
        forged = f"Received: from pc (pc [10.1.1.9]) by {host} with {way} id 1; {DATE}\n{FROM}"
        yield route.around(forged, "")
        yield route.around(forged, "", outside=f"{host} (unknown [203.0.113.66])")
        yield route.around(forged, "", outside="localhost (unknown [203.0.113.66])")
        yield route.around(FROM, "", outside=f"x (with {way}) (evil [203.0.113.66])")
        yield f"Received: from pc (pc [10.1.1.9]) by evil.example with {way} id 1; {DATE}\n{FROM}"
        yield route.around(f"Received: from a by evil.example with {way}; {DATE}\n{forged}", "")


def no_mark(_name: str, route: Route) -> Iterator[str]:
    yield route.around(FROM, "")
    yield route.around(f"Authentication-Results: mx.corp.example; {PROVEN}\n{FROM}", "")
    yield FROM


def from_inside_read_in_two_ways(_name: str, route: Route) -> Iterator[str]:
    yield from (route.around(text, "") for text in two_sided_from())


INSIDE_TRICKS: Mapping[str, Trick] = {
    trick.__name__.replace("_", "-"): trick
    for trick in (
        mark_from_outside,
        mark_of_nobody,
        mark_with_another_value,
        pretended_sign_in,
        no_mark,
        from_inside_read_in_two_ways,
    )
}
