"""
More forgeries, by somebody who has read the rules: every trick is one idea, tried at every company.

Some let the company's server be careless in one way (it writes down what it is told, it takes nothing
off, it verifies no name): what gets nowhere even then gets nowhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from tests.mail_routes import DATE, PROVEN, Route
from tests.reliability.forgeries import BOSS, FOUND, FROM, OTHER_FROM, Trick, host_of

EVIL = "a@evil.example"
PASS = "dmarc=pass header.from=corp.example"
SIGNED = "dkim=pass header.d=corp.example"
AT = "[203.0.113.66]"


def _results(route: Route, text: str = PASS) -> str:
    return f"Authentication-Results: {route.trust.authserv_id}; {text}"


# ---- what the server found out, with the forger's words in it ---------------------------------------

FOUND_WITH_WORDS: Mapping[str, Sequence[str]] = {
    "a-pass-in-a-comment": (
        f"dmarc=fail ({PASS}) header.from=corp.example",
        f"spf=fail (a (; {PASS};) b) smtp.mailfrom={EVIL}; dkim=none (; {SIGNED}; )",
        f"dkim=none (\\); {SIGNED}); dmarc=none header.from=corp.example",
    ),
    "a-pass-in-a-reason": (
        f'dkim=fail reason="x; {PASS}" header.d=corp.example',
        f'dkim=fail reason="\\"; {SIGNED}; x=\\"" header.d=corp.example',
        f"dmarc=fail reason=pass;{PASS}",
        "dmarc=fail reason=dmarc=pass header.from=corp.example",
    ),
    "a-quote-that-is-not-closed": (f'dkim=fail reason="x; {SIGNED}', f'spf=fail smtp.mailfrom="a; {SIGNED}; b@c'),
    "a-comment-that-is-not-closed": (
        f"dkim=fail (x; {SIGNED}",
        f"dkim=fail (x (y); {SIGNED}",
        f"dkim=fail x); {SIGNED}",
    ),
    "a-verdict-twice": (
        f"{PASS}; dmarc=fail header.from=corp.example",
        f"dmarc=fail header.from=corp.example; {PASS}",
        f"dmarc=none header.from=evil.example; {PASS}",
        f"{PASS}; dmarc=pass header.from=evil.example",
    ),
    "a-property-twice": (
        "dmarc=pass header.from=corp.example header.from=evil.example",
        "dmarc=pass header.from=evil.example header.from=corp.example",
        "dkim=pass header.d=evil.example header.d=corp.example",
        f"spf=pass smtp.mailfrom={EVIL} smtp.mailfrom=corp.example",
        f"spf=pass smtp.mailfrom={EVIL}; spf=pass smtp.mailfrom=corp.example",
    ),
    "a-verdict-about-something-else": (
        "dmarc=pass (header.from=corp.example) header.from=evil.example",
        "dmarc=pass policy.header.from=corp.example; dkim=pass policy.d=corp.example",
        "dmarc=pass header.to=corp.example; dkim=pass header.from=corp.example header.d=evil.example",
        "dkim=pass header.sender=corp.example header.d=evil.example; x-spf=pass smtp.mailfrom=corp.example",
        f"dmarc=pass header.from=<{EVIL}>corp.example",
        "dmarc=pass header.from=corp.example/evil.example",
        "dmarc=pass header.from=corp.example:evil.example",
        "dmarc=pass header.from=corp.example,evil.example",
        "dmarc=pass header.from=corp.example@evil.example",
        "dmarc=pass header.from=evil.example\u3002corp.example",
    ),
    "a-verdict-misspelt": (
        "dmarc=p\u0430ss header.from=corp.example",
        "dmarc=pass_ header.from=corp.example",
        "dmarc=passed header.from=corp.example",
        "dmarc==pass header.from=corp.example",
        "dmarc=fail pass header.from=corp.example",
        "dmarc= =pass header.from=corp.example",
        "dmarc=(pass) fail header.from=corp.example",
        "dmarc=fail/pass header.from=corp.example",
        "dm\u0430rc=pass header.from=corp.example",
        "dmarc/2=pass header.from=corp.example",
        'dmarc="pass" header.from=corp.example',
    ),
    "an-empty-path": (
        "spf=pass smtp.mailfrom= smtp.helo=corp.example",
        "spf=pass smtp.mailfrom=<> smtp.helo=corp.example",
        'spf=pass smtp.mailfrom="" smtp.helo=corp.example',
        "spf=pass (corp.example) smtp.helo=corp.example",
        "spf=pass smtp.rcptto=daily@corp.example smtp.mailfrom=<>",
        'spf=pass smtp.mailfrom="wang.li@corp.example"@evil.example',
        "spf=pass smtp.mailfrom=corp.example!a@evil.example",
        "spf=pass smtp.mailfrom=a%corp.example@evil.example",
        f"spf=pass smtp.mailfrom=@corp.example:{EVIL}",
    ),
    "a-signature-of-a-suffix": (
        "dkim=pass header.d=example header.i=@corp.example",
        "dkim=pass header.d=. header.i=@corp.example",
        "dkim=pass header.d=*.example",
        "dkim=pass header.d=evil.example header.i=@corp.example",
        "dkim=pass header.i=wang.li@corp.example@evil.example",
        "dkim=pass header.i=@corp.example.evil.example",
        'dkim=pass header.d="corp.example evil.example"',
        "dkim=pass header.b=corp.example header.s=corp.example header.a=corp.example",
        "dkim=neutral header.d=corp.example; dkim=policy header.d=corp.example; dkim=temperror header.d=corp.example",
    ),
    "a-chain-of-others": (
        "arc=pass (i=1 spf=pass dkim=pass dkdomain=corp.example dmarc=pass fromdomain=corp.example)",
        "arc=pass header.oldest-pass=1 smtp.remote-ip=203.0.113.66 arc.chain=corp.example header.from=corp.example",
        "compauth=pass reason=100 header.from=corp.example; bimi=pass header.d=corp.example",
        "dkim-atps=pass header.from=corp.example; vbr=pass header.md=corp.example; auth=pass smtp.auth=wang.li",
    ),
    "more-results-than-are-read": ("; ".join([PASS, *["x=y"] * 51]), "; ".join([*["x=y"] * 51, PASS])),
}


def found_with_words(name: str, _name: str, route: Route) -> Iterator[str]:
    for found in FOUND_WITH_WORDS[name]:
        yield route.around(FROM, found)
        yield route.around(f"{_results(route)}\n{FROM}", found)
        yield route.around(FROM, found.replace("; ", ";\n\t").replace(" (", "\n\t("))


# ---- fields that stand directly below the company's own, which found nothing out ---------------------


def results_of_another_version(_name: str, route: Route) -> Iterator[str]:
    for version in ("2", "0", "01", "1.0", "1 1", "-1", "\uff11", "one", "1/1"):
        text = f"Authentication-Results: {route.trust.authserv_id} {version}; {PASS}"
        yield route.around(f"{text}\n{FROM}", "", is_silent=True)
        yield route.around(f"{FROM}\n{text}", "", is_silent=True)


def ids_written_strangely(_name: str, route: Route) -> Iterator[str]:
    """A server that takes off what bears its name may not know its name in these."""
    own = route.trust.authserv_id
    for written in (
        *(f'"{own}"', f'"{own[:1]}\\{own[1:]}"', f"(x){own}", f"(\\)) {own}", f'""{own}', f'{own}""', f"{own}."),
        *(f"{own}:25", f"{own}%20", f"{own}\u00a0", f"\ufeff{own}", f"=?utf-8?q?{own}?=", f"<{own}>", f"[{own}]"),
        *(f"{own},evil.example", f"x;{own}", f"; {own}", f"{own}\0", f"{own}\r", f"{own} x", f"{own}\n\n", f'"{own}'),
    ):
        yield route.around(f"Authentication-Results: {written}; {PASS}\n{FROM}", "", is_silent=True)
        yield route.around(f"Authentication-Results:\n\t{written};\n\t{SIGNED}\n{FROM}", "", is_silent=True)


def names_written_strangely(_name: str, route: Route) -> Iterator[str]:
    value = f"{route.trust.authserv_id}; {PASS}"
    for name in (
        *(
            "Authentication-Results ",
            "Authentication-Results\t",
            "Authentication-Results\x0b",
            "Authentication-Results\0",
        ),
        *("=?utf-8?q?Authentication-Results?=", "Authentication\u200b-Results", "Authentication\u2010Results"),
        *("Authentication_Results", "Authentication-Result", "Authentication-Results-X", "X-Authentication-Results"),
        *(
            "Original-Authentication-Results",
            "Resent-Authentication-Results",
            '"Authentication-Results"',
            "\ufeffAuthentication-Results",
        ),
        *(
            "(x)Authentication-Results",
            "Authentication-Results\n ",
            "Authentication-\n Results",
            "\uff21uthentication-Results",
        ),
        *(
            "X: y\rAuthentication-Results",
            "X: y\0Authentication-Results",
            "X: y\x85Authentication-Results",
            "Received-SPF",
        ),
    ):
        yield route.around(f"{name}: {value}\n{FROM}", "", is_silent=True)
        yield route.around(f"{FROM}\n{name}: {value}", FOUND["no-dmarc"])


def other_proofs_of_ones_own(_name: str, route: Route) -> Iterator[str]:
    """Signatures, seals and verdicts that nobody of the company looked at."""
    own = route.trust.authserv_id
    for proof in (
        "DKIM-Signature: v=1; a=rsa-sha256; d=corp.example; s=s1; i=@corp.example; bh=Zm9v; b=Zm9v",
        f"ARC-Seal: i=1; a=rsa-sha256; cv=pass; d={own}; s=s; b=Zm9v\nARC-Authentication-Results: i=1; {own}; {PASS}",
        f"ARC-Authentication-Results: i=1; {own}; {PASS}\nARC-Message-Signature: i=1; d=corp.example; b=Zm9v",
        f"Received-SPF: pass ({own}: domain of {BOSS} designates 203.0.113.66) client-ip=203.0.113.66;",
        "X-MS-Exchange-Organization-AuthAs: Internal\nX-MS-Exchange-Organization-SCL: -1",
        "X-Spam-Status: No, score=-10 tests=DKIM_VALID_AU,SPF_PASS,USER_IN_WELCOMELIST",
        f"X-Google-DKIM-Signature: v=1; d=corp.example\nX-Originating-Email: {BOSS}\nX-Authenticated-Sender: {BOSS}",
    ):
        for found in ("none", FOUND["no-dmarc"], FOUND["no-policy"]):
            yield route.around(f"{proof}\n{FROM}", found)


def lines_that_go_on_in_the_servers_words(_name: str, route: Route) -> Iterator[str]:
    """A message that begins with a folded line, or with one that is no field."""
    for begin in ("", "no field\n", ":\n", ": x\n", "From wang.li@corp.example\n", "\x0b\n", "no field\r\n"):
        for line in (
            f";{SIGNED}",
            f"(x);{SIGNED}",
            f"(x)\n (y) ; {SIGNED}",
            f"\n ;{PASS}",
            "header.d=corp.example",
            f"; {PASS};",
        ):
            for found in ("none", FOUND["no-dmarc"], FOUND["no-policy"]):
                yield route.around(f"{begin} {line}\n{FROM}", found)


def a_header_that_ends_early(_name: str, route: Route) -> Iterator[str]:
    for text in (
        f"X: y\n\n{_results(route)}\n{FROM}",
        f"\n{_results(route)}\n{FROM}",
        f"\r\n\r\n{FROM}",
        f"X: y\r\r{_results(route)}\r{FROM}",
        f"From wang.li@corp.example Wed Mar  4 18:00:00 2026\n{_results(route)}\n{FROM}",
        f">{FROM}\n{_results(route)}",
        f"no field at all\n{_results(route)}\n{FROM}",
        f"X: {'y' * 5000}\n{_results(route)}\n{FROM}",
    ):
        yield route.around(text, FOUND["fails"])
        yield route.around(text, FOUND["no-dmarc"])


# ---- From ------------------------------------------------------------------------------------------

SLY_FROM = (
    *(f"From:\nSender: {BOSS}", f"From: \nSender: {BOSS}", f"Sender: {BOSS}", f"From: <>\nSender: {BOSS}"),
    *(f"From: ;\nSender: {BOSS}", f"From: undisclosed:;\nReply-To: {BOSS}"),
    *(f"Resent-From: {BOSS}\nResent-Sender: {BOSS}\nFrom: {EVIL}", f"Resent-{FROM}"),
    f"From: {EVIL}\nSender: {BOSS}\nReturn-Path: <{BOSS}>\nReply-To: {BOSS}",
    *(f"Apparently-From: {BOSS}\nFrom: {EVIL}", f"From: a: b: {BOSS};;", f"From: {BOSS}:;"),
    *(f"From: boss:{BOSS};, {EVIL}", f"From: {EVIL}, boss:{BOSS};", f"From: a:;{BOSS}"),
    *(f"From: <@corp.example,@evil.example:{EVIL}>", f"From: <{BOSS}:{EVIL}>", f"From: <@{BOSS}:{EVIL}>"),
    *(f"From: <{EVIL}:{BOSS}>", 'From: "wang.li"@corp.example', 'From: "wang.li@corp.example"@evil.example'),
    *('From: wang."li"@corp.example', "From: wang . li @ corp . example", "From: wang.li@corp. example"),
    *("From: wang.li @corp.example", "From: wang.li@[corp.example]", f"From: <{BOSS}", f"From: {BOSS}>"),
    *(f"From: {EVIL}> <{BOSS}", f"From: <<{BOSS}>>", f"From: <{EVIL}<{BOSS}>>", f"From: <{BOSS} {EVIL}>"),
    *(f'From: "{EVIL}\\" <{BOSS}>" <{EVIL}>', f'From: "a" <{EVIL}> "b" <{BOSS}>', f"From: (<{EVIL}>) <{BOSS}> ({EVIL}"),
    *(f"From: a\\<{EVIL}\\> <{BOSS}>", "From: evil.example!wang.li@corp.example"),
    *("From: wang.li%corp.example@evil.example", "From: evil.example!wang.li@corp.example <a@evil.example>"),
    *(f"From: '{BOSS}' <{EVIL}>", f"From: o'{BOSS}", f"From: x{BOSS}", f"From: {BOSS}.evil.example", f"From: {BOSS}@"),
    *(f"From: @{BOSS}", f"From: =?utf-8?q?Wang_=3Cwang.li=40corp.example=3E?= <{EVIL}>"),
    *(f"From: =?utf-8?q?<{EVIL}>?= <{BOSS}>", f"From: =?utf-8?q?{EVIL},?= {BOSS}"),
    *("From: =?utf-7?q?wang.li+AEA-corp.example?=", "From: =?utf-8?b?d2FuZy5saUBjb3JwLmV4YW1wbGU=?="),
    *(f"From: =?utf-8?q?wang.li?=@corp.example <{EVIL}>", "From: wang.li=40corp.example"),
    *("From: wang.li\uff20corp.example", "From: wang.li@corp.ex\u0430mple", "From: w\u0430ng.li@corp.example"),
    *("From: wang.li@corp.exam\u00adple", "From: wang\u2060.li@corp.example", "From: wang.li@corp\u200d.example"),
    *("From: wang.li@corp\uff0eexample", f"From: {EVIL}\0, {BOSS}", f"From: {BOSS}\x01", f"From: {EVIL}\n\n{FROM}"),
    *(f"From: {EVIL}\n \n {BOSS}", f"From: {EVIL}\n\t<{BOSS}>", f"From:: {BOSS}", f"From\x0b: {BOSS}"),
    *(f"From\0: {BOSS}", f"\ufeffFrom: {BOSS}", f"F\u0433om: {BOSS}\nFrom: {EVIL}", f"From\u00a0: {BOSS}"),
    *(f"from: {EVIL}\nFROM: {BOSS}", f"From: {EVIL}\nno field\nFrom: {BOSS}", f"From: {EVIL}\nX: y\rFrom: {BOSS}"),
    *(f"From:\n {EVIL},\n {BOSS}", f"From: {', '.join(f'a{n}@evil.example' for n in range(40))}, {BOSS}"),
)


def sly_from(_name: str, route: Route) -> Iterator[str]:
    yield from (route.around(text, OTHER_FROM) for text in SLY_FROM)


# ---- what the forger says to the server before the message -------------------------------------------


def _said(host: str) -> Sequence[str]:
    """Return names that a sending machine gives itself, for servers that write down anything."""
    return (
        *(
            "(",
            "((",
            "\\",
            "x (\\",
            ") (",
            "x)",
            "(x) y (",
            f"x by {host} with LMTP (",
            f"{host} by {host} with LMTP id 1 (",
        ),
        *(
            f"x by {host} with ESMTPSA (x) (",
            f"localhost ([127.0.0.1]) by {host} (",
            f"[127.0.0.1] by {host} with LMTP for x (",
        ),
        *(
            f"localhost by {host} with LMTP; {DATE}",
            f"x by {host} with local; (",
            f"by {host} with ESMTPSA by",
            f"x\tby\t{host}\twith\tLMTP",
        ),
        *(
            f"{host} by {host}",
            f"x with ESMTPSA by {host}",
            f"x with LMTP by {host}; ",
            f"from localhost by {host} with LMTP;",
        ),
    )


def names_that_become_a_line(_name: str, route: Route) -> Iterator[str]:
    """The server writes the name of the sending machine into its line as it came."""
    host = host_of(route)
    for said in _said(host):
        for outside in (
            f"{said} (unknown {AT})",
            f"{said} (evil.example {AT})",
            f"{said} ({AT})",
            f"unknown (HELO {said}) (203.0.113.66)",
        ):
            yield route.around(f"{_behind(route, host)}\n{FROM}", "", outside=outside, is_silent=True)


def names_of_ones_own_servers(_name: str, route: Route) -> Iterator[str]:
    """The sending machine calls itself by the name or address of a server of the company's, which nobody verified."""
    host = host_of(route)
    for outside in (
        *(f"{host} (203.0.113.66)", f"{host} ({AT})", f"{host} (unknown {AT})", f"{host} (HELO {host}) (203.0.113.66)"),
        *(
            f"{host}",
            f"localhost ({AT})",
            f"[127.0.0.1] ({AT})",
            "[127.0.0.1]",
            "127.0.0.1",
            "[10.0.0.1]",
            "[::1]",
            "localhost",
        ),
        *(
            f"{host} ({AT} helo={host})",
            f"{host} ({host} {AT} (may be forged))",
            f"evil.example ({host} {AT})",
            f"{host} (evil.example {AT})",
        ),
        *(f"{host} ([IPv6:2001:db8:bad::66])", f"{host} (2001:db8:bad::66)", "unknown (HELO 127.0.0.1) (203.0.113.66)"),
    ):
        yield route.around(f"{_behind(route, host)}\n{FROM}", "", outside=outside, is_silent=True)


def _behind(route: Route, host: str) -> str:
    """Return what a forger puts below the company's line: one more line of its server, and the proof it would bear."""
    line = f"Received: from {host} ({host} [127.0.0.1]) by {host} with ESMTPSA id 1; {DATE}"
    if route.trust.internal_header:
        return f"{line}\n{route.trust.internal_header[0]}: {route.trust.internal_header[1]}"
    return f"{line}\n{_results(route, ' '.join(PROVEN.split()))}" if route.trust.authserv_id else line


# ---- what the gateway of a company writes --------------------------------------------------------------


def marks_written_strangely(_name: str, route: Route) -> Iterator[str]:
    """The gateway took off what it knew, and these were left in what looks like its own part."""
    name, value = route.trust.internal_header or ("x-inside", "yes")
    above = route.above.replace("{date}", DATE)
    for mark in (
        *(
            f"{name}: =?utf-8?q?{value}?=",
            f"{name}: {value} (x)",
            f"{name}: (x) {value}",
            f"{name}: {value[:2]}\n {value[2:]}",
            f'{name}: "{value}"',
        ),
        *(
            f"{name}: {value.upper()}X",
            f"{name}: {value}\u200b",
            f"{name}: \ufeff{value}",
            f"{name}: {value}\0",
            f"{name}:{value}\rx",
            f"{name}: {value};",
        ),
        *(
            f"=?utf-8?q?{name}?=: {value}",
            f"{name}\u200b: {value}",
            f"{name}-x: {value}",
            f"x-{name}: {value}",
            f"{name}\0: {value}",
            f"{name}\n : {value}",
        ),
        *(
            f"{name.replace('-', '_')}: {value}",
            f"X: y\r{name}: {value}",
            f"({name}): {value}",
            f"\u0445{name[1:]}: {value}",
            f"{name}:: {value}",
        ),
        *(
            f"{name}: no\n{name}: {value}",
            f"{name}: {value}\n{name}: no",
            f"{name} : {value}\n{name}: {value}",
            f"no field\n {name}: {value}",
        ),
    ):
        yield f"{above}\n{mark}\n{FROM}"
        yield route.around(f"{mark}\n{FROM}", "")


def sign_ins_that_are_none(_name: str, route: Route) -> Iterator[str]:
    host = host_of(route)
    for said in (
        f"evil.example (evil.example {AT}) (Authenticated sender: wang.li)",
        f"evil.example (evil.example {AT}) (auth=wang.li@corp.example)",
        f"evil.example ({AT} helo=ESMTPSA) (A=login:wang.li)",
        f"with (with {AT})",
        f"by (by {AT})",
        f"x (unknown {AT}) (with ESMTPSA)",
    ):
        yield route.around(FROM, "", outside=said)
        yield route.around(f"X-Authenticated-User: wang.li\n{FROM}\nX-Auth: {host}", "", outside=said)
    for way in (
        "ESMTP (ESMTPSA)",
        "ESMTPS id ESMTPSA",
        "ESMTPSAX",
        "XESMTPSA",
        "ESMTPS/ESMTPSA",
        "SMTP with ESMTPSA",
        "ESMTPS for ESMTPSA",
    ):
        yield f"Received: from x (evil.example {AT}) by {host} with {way} id 1; {DATE}\n{FROM}"
        yield f"Received: from x (evil.example {AT}) by {host} with {way}; with ESMTPSA; {DATE}\n{FROM}"


RESULT_TRICKS: Mapping[str, Trick] = {
    **{name: partial(found_with_words, name) for name in FOUND_WITH_WORDS},
    **{
        trick.__name__.replace("_", "-"): trick
        for trick in (
            results_of_another_version,
            ids_written_strangely,
            names_written_strangely,
            other_proofs_of_ones_own,
            lines_that_go_on_in_the_servers_words,
            a_header_that_ends_early,
            sly_from,
            names_that_become_a_line,
            names_of_ones_own_servers,
        )
    },
}

INSIDE_TRICKS: Mapping[str, Trick] = {
    "a-name-that-becomes-a-line": names_that_become_a_line,
    "the-name-of-a-server-inside": names_of_ones_own_servers,
    "marks-written-strangely": marks_written_strangely,
    "sign-ins-that-are-none": sign_ins_that_are_none,
    "sly-from-inside": sly_from,
}
