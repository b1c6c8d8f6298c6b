"""
Headers as mail servers write them around what they are given; invented hosts, people and messages.

A *Route* is one company's way in: how its servers announce a message that comes from outside. What
they found out is put in their own place; what the sender wrote follows below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from daysheet.model.trust import Trust, Way

DATE = "Wed, 4 Mar 2026 18:00:00 +0800"
OUTSIDE = "mail.sender.example (mail.sender.example [203.0.113.66])"
"""The server a message comes from, where a route does not say otherwise."""


@dataclass(frozen=True)
class Route:
    """Fields above and directly below the line by which a message was taken in; ``{found}`` is what was found out."""

    trust: Trust
    above: str
    line: str
    below: str = ""

    def around(self, data: str, found: str, outside: str = OUTSIDE, *, is_silent: bool = False) -> str:
        """Return the header of a message whose sender wrote *data*; *is_silent*: nothing was found out."""
        whole = "\n".join(part for part in (self.above, self.line, self.below) if part)
        if is_silent:
            whole = _without(whole, "{found}")
        return whole.replace("{found}", found).replace("{outside}", outside).replace("{date}", DATE) + "\n" + data


def _without(text: str, mark: str) -> str:
    """Return *text* without the fields that hold *mark*."""
    fields: list[list[str]] = []
    for line in text.split("\n"):
        if line[:1].isspace():
            fields[-1].append(line)
        else:
            fields.append([line])
    return "\n".join("\n".join(field) for field in fields if not any(mark in line for line in field))


def authserv(authserv_id: str, *own_hosts: str) -> Trust:
    return Trust(Way.AUTHSERV, authserv_id, own_hosts=own_hosts)


ROUTES: Mapping[str, Route] = {
    "gmail": Route(
        authserv("mx.google.com"),
        "Delivered-To: daily@corp.example\n"
        "Received: by 2002:a05:7300:51c1:b0:2f:9a1:77aa with SMTP id k1csp4471dys;\n        {date}\n"
        "X-Received: by 2002:a17:90b:5343:b0:2ee:5b1:aa3 with SMTP id b3mr7715.12; {date}\n"
        "ARC-Seal: i=1; a=rsa-sha256; t=1772618400; cv=none; d=google.com; s=arc-20240605; b=Zm9v\n"
        "ARC-Authentication-Results: i=1; mx.google.com;\n       {found}\n"
        "Return-Path: <bounce@sender.example>",
        "Received: from {outside}\n        by mx.google.com with ESMTPS id f7si8.12.2026.03.04\n"
        "        for <daily@corp.example>\n        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256);\n"
        "        {date}",
        "Received-SPF: neutral (google.com: 203.0.113.66 is neither permitted nor denied) client-ip=203.0.113.66;\n"
        "Authentication-Results: mx.google.com;\n       {found}",
    ),
    "qq": Route(
        authserv("mx.qq.com"),
        "",
        "Received: from {outside}\n\tby newxmmxszb22-3.qq.com (NewMX) with SMTP id 77AB01C2\n"
        "\tfor <daily@corp.example>; {date}",
        "X-QQ-mid: xmmxszb22-3t1772618400t1a2b3c4d\nX-QQ-XMRINFO: MPJ6Tf5t3I/y\n"
        "Authentication-Results: mx.qq.com; {found}",
    ),
    "coremail": Route(
        authserv("mail", "*.netease.example"),
        "",
        "Received: from {outside}\n\tby mx12.netease.example (Coremail) with SMTP id _1;\n\t{date}",
        "Authentication-Results: mail; {found}",
    ),
    "postfix": Route(
        authserv("mx.corp.example"),
        "Return-Path: <bounce@sender.example>\nX-Original-To: daily@corp.example\nDelivered-To: daily@corp.example\n"
        "Authentication-Results: mx.corp.example; {found}",
        "Received: from {outside}\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\n"
        "\t(No client certificate requested)\n\tby mx.corp.example (Postfix) with ESMTPS id 4F00A1\n"
        "\tfor <daily@corp.example>; {date}",
        "DKIM-Filter: OpenDKIM Filter v2.11.0 mx.corp.example 4F00A1",
    ),
    "postfix-below": Route(
        authserv("mx.corp.example", "mx.corp.example"),
        "Return-Path: <bounce@sender.example>\nDelivered-To: daily@corp.example",
        "Received: from {outside}\n\tby mx.corp.example (Postfix) with ESMTPS id 4F00A1\n"
        "\tfor <daily@corp.example>; {date}",
        "Authentication-Results: mx.corp.example; {found}",
    ),
    "amavis": Route(
        authserv("mx.corp.example", "mx.corp.example", "store.corp.example"),
        "Return-Path: <bounce@sender.example>\n"
        "Received: from mx.corp.example\n\tby store.corp.example with LMTP\n\tid qMAnM (envelope-from <x@y.example>)\n"
        "\tfor <daily@corp.example>; {date}\n"
        "Received: from localhost (localhost [127.0.0.1])\n\tby mx.corp.example (Postfix) with ESMTP id 9C1\n"
        "\tfor <daily@corp.example>; {date}\n"
        "X-Virus-Scanned: amavis at mx.corp.example\n"
        "Authentication-Results: mx.corp.example (amavis); {found}\n"
        "Received: from mx.corp.example ([127.0.0.1])\n\tby localhost (mx.corp.example [127.0.0.1]) (amavis)\n"
        "\twith ESMTP id x1; {date}",
        "Received: from {outside}\n\tby mx.corp.example (Postfix) with ESMTPS id 8C1\n"
        "\tfor <daily@corp.example>; {date}",
    ),
    "rspamd": Route(
        authserv("corp.example"),
        "Return-Path: <bounce@sender.example>\nDelivered-To: daily@corp.example\n"
        "Received: from mail.corp.example\n\tby mail.corp.example with LMTP\n\tid oGo4; {date}",
        "Received: from {outside}\n\tby mail.corp.example (Postfix) with ESMTPS id 7F2\n"
        "\tfor <daily@corp.example>; {date}",
        "X-Rspamd-Server: mail\nX-Spamd-Result: default: False [-1.10 / 15.00]\nAuthentication-Results: corp.example;\n"
        "\t{found}",
    ),
    "exim": Route(
        authserv("mail.corp.example", "mail.corp.example"),
        "Return-path: <bounce@sender.example>\nEnvelope-to: daily@corp.example\nDelivery-date: {date}\n"
        "Authentication-Results: mail.corp.example;\n\t{found}",
        "Received: from {outside}\n\tby mail.corp.example with esmtps (TLS1.3)\n"
        "\t(Exim 4.98) (envelope-from <bounce@sender.example>) id 1tp-0001\n"
        "\tfor daily@corp.example; {date}",
    ),
    "gateway": Route(
        authserv("gw.corp.example", "gw.corp.example", "*.corp.local"),
        "Received: from EX01.corp.local (10.1.1.11) by EX02.corp.local\n (10.1.1.12) with Microsoft SMTP Server"
        " (version=TLS1_2,\n cipher=TLS_ECDHE_RSA) id 15.2.1544.9; {date}\n"
        "Received: from gw.corp.example (10.1.1.5) by EX01.corp.local (10.1.1.11)\n with Microsoft SMTP Server id"
        " 15.2.1544.9 via Frontend Transport; {date}\n"
        "Authentication-Results: gw.corp.example; {found}",
        "Received: from {outside}\n\tby gw.corp.example with ESMTPS id 5A; {date}",
        "X-MS-Exchange-Organization-AuthAs: Anonymous",
    ),
}
"""Companies that believe Authentication-Results."""

INSIDE: Mapping[str, Route] = {
    "exchange": Route(
        Trust(Way.INTERNAL, internal_header=("x-ms-exchange-organization-authas", "Internal")),
        "Received: from EX01.corp.example (10.1.1.11) by EX02.corp.example\n (10.1.1.12) with Microsoft SMTP Server"
        " (version=TLS1_2,\n cipher=TLS_ECDHE_RSA) id 15.2.1544.9; {date}",
        "Received: from {outside} by EX01.corp.example\n (10.1.1.11) with Microsoft SMTP Server id 15.2.1544.9 via"
        " Frontend\n Transport; {date}",
    ),
    "exchange-hosts": Route(
        Trust(
            Way.INTERNAL, internal_header=("x-ms-exchange-organization-authas", "Internal"), own_hosts=("*.corp.local",)
        ),
        "Received: from EX01.corp.local (10.1.1.11) by EX02.corp.local\n (10.1.1.12) with Microsoft SMTP Server"
        " (version=TLS1_2,\n cipher=TLS_ECDHE_RSA) id 15.2.1544.9; {date}",
        "Received: from {outside} by EX01.corp.local\n (10.1.1.11) with Microsoft SMTP Server id 15.2.1544.9 via"
        " Frontend\n Transport; {date}",
    ),
    "gateway-header": Route(
        Trust(Way.INTERNAL, internal_header=("x-corp-inside", "yes"), own_hosts=("gw.corp.example", "mx.corp.example")),
        "Received: from gw.corp.example (gw.corp.example [10.1.1.5])\n\tby mx.corp.example (Postfix) with ESMTP id 3;"
        " {date}",
        "Received: from {outside}\n\tby gw.corp.example (Postfix) with ESMTPS id 5A; {date}",
    ),
    "submission": Route(
        Trust(Way.INTERNAL, own_hosts=("mx.corp.example", "store.corp.example")),
        "Received: from mx.corp.example by store.corp.example with LMTP id 1; {date}",
        "Received: from {outside}\n\tby mx.corp.example (Postfix) with ESMTPS id 5A; {date}",
    ),
}
"""Companies that believe what comes from inside."""

PROVEN = (
    "dkim=pass header.i=@corp.example header.s=s1 header.b=Ab12/3;\n\tspf=pass smtp.mailfrom=wang.li@corp.example;"
    "\n\tdmarc=pass (p=NONE sp=NONE dis=NONE) header.from=corp.example"
)
SENT = "\n".join(
    (
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=corp.example; s=s1; h=from:to; bh=Zm9v; b=Ab12",
        "Received: from pc (unknown [192.168.3.7]) by smtp.corp-mail.example with ESMTPSA id 1; " + DATE,
        "From: =?utf-8?B?546L5Li9?= <wang.li@corp.example>",
        "Authentication-Results: smtp.corp-mail.example; auth=pass smtp.auth=wang.li",
    )
)
"""What a listed person's own server sends."""


def genuine() -> Mapping[str, tuple[Trust, str]]:
    """Return mails that are what they seem, by what they show: the mailbox's trust and their header."""
    found = {name: (route.trust, route.around(SENT, PROVEN)) for name, route in ROUTES.items()}
    postfix = ROUTES["postfix"]
    spellings = {
        "dkim-alone": "dkim=pass (2048-bit key; unprotected) header.d=corp.example header.i=@corp.example",
        "dkim-of-a-subdomain": "dkim=pass header.d=mail.corp.example; dmarc=none header.from=corp.example",
        "dkim-second": 'dkim=fail reason="bad signature" header.d=list.example; dkim=pass header.d=corp.example',
        "spf-alone": "spf=pass (mx.corp.example: domain of wang.li@corp.example designates 198.51.100.9 as permitted"
        " sender) smtp.mailfrom=wang.li@corp.example; dkim=none",
        "spf-quoted": 'spf=pass smtp.mailfrom="wang.li@corp.example" smtp.helo=mail.corp.example',
        "spf-helo-first": "spf=none smtp.helo=x.example; spf=pass smtp.mailfrom=<bounce@corp.example>",
        "dmarc-alone": "DMARC = Pass (p=none dis=none) header.From = Corp.Example.",
        "dmarc-in-error": "dmarc=temperror header.from=corp.example; dkim=pass header.d=corp.example;",
    }
    found |= {name: (postfix.trust, postfix.around(SENT, text)) for name, text in spellings.items()}
    named = postfix.around(SENT, PROVEN).replace("Results: mx.corp.example;", 'Results: "MX.corp.example" 1 (us);', 1)
    found["id-quoted"] = (postfix.trust, named)
    found["two-fields"] = (
        postfix.trust,
        postfix.around("Authentication-Results: mx.corp.example; spf=none\n" + SENT, PROVEN),
    )
    found |= _as_servers_write_them()
    found["unquoted-name"] = (postfix.trust, postfix.around("From: 王丽 (一组) <Wang.Li@CORP.example>", PROVEN))
    found["bare-address"] = (postfix.trust, postfix.around("From: wang.li@corp.example (王丽)", PROVEN))
    found["address-as-name"] = (
        postfix.trust,
        postfix.around('From: "wang.li@corp.example" <wang.li@corp.example>', PROVEN),
    )
    return found | _from_inside()


def _as_servers_write_them() -> Mapping[str, tuple[Trust, str]]:
    """Return findings in the very form of well-known programs and providers."""
    path = "domain of wang.li@corp.example designates 198.51.100.9 as permitted sender"
    by_company = {
        "gmail-in-full": (
            "gmail",
            'dkim=pass header.i=@corp.example header.s=s1 header.b="Ab12/3+=";\n       arc=pass (i=1 spf=pass'
            " spfdomain=corp.example dkim=pass dkdomain=corp.example dmarc=pass fromdomain=corp.example);\n"
            f"       spf=pass (google.com: {path}) smtp.mailfrom=wang.li@corp.example;\n"
            "       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=corp.example;\n"
            "       dara=pass header.i=@corp.example",
        ),
        "qq-in-full": (
            "qq",
            "spf=pass (sender IP is 198.51.100.9) smtp.mailfrom=<wang.li@corp.example>;\n\tdkim=none;"
            " dmarc=none(permerror) header.from=corp.example",
        ),
        "coremail-in-full": (
            "coremail",
            "spf=pass smtp.mailfrom=wang.li@corp.example;\n\tdkim=pass header.i=@corp.example",
        ),
        "rspamd-in-full": (
            "rspamd",
            "dkim=pass header.d=corp.example header.s=s1 header.b=Ab12/3;\n\tdmarc=pass (policy=quarantine)"
            f" header.from=corp.example;\n\tspf=pass (corp.example: {path}) smtp.mailfrom=wang.li@corp.example;"
            "\n\tarc=none",
        ),
        "opendkim": (
            "postfix",
            "\n\tdkim=pass (2048-bit key; unprotected) header.d=corp.example header.i=@corp.example header.a=rsa-sha256"
            " header.s=s1 header.b=Ab12;\n\tdkim-atps=neutral",
        ),
        "policyd-spf": (
            "postfix",
            "spf=pass (mailfrom) smtp.mailfrom=corp.example\n (client-ip=198.51.100.9; helo=mail.corp.example;"
            " envelope-from=wang.li@corp.example;\n receiver=<UNKNOWN>)",
        ),
        "appliance": (
            "gateway",
            "spf=Pass smtp.mailfrom=wang.li@corp.example; spf=None\n  smtp.helo=postmaster@mail.corp.example; dkim=pass"
            " (signature verified)\n  header.i=@corp.example; dmarc=pass (p=none dis=none) d=corp.example",
        ),
        "from-microsoft-365": (
            "gateway",
            "spf=pass (sender IP is 198.51.100.9)\n smtp.mailfrom=corp.example; dkim=pass (signature was verified)\n"
            " header.d=corp.onmicrosoft.example;dmarc=bestguesspass action=none\n header.from=corp.example;"
            "compauth=pass reason=109",
        ),
    }
    found = {
        name: (ROUTES[company].trust, ROUTES[company].around(SENT, text))
        for name, (company, text) in by_company.items()
    }
    # one program for each finding, each with a field of its own above the line of the server
    several = (
        "dmarc=none (p=none dis=none) header.from=corp.example\nAuthentication-Results: mx.corp.example; spf=none"
        " smtp.mailfrom=bounce.example\nAuthentication-Results: mx.corp.example;\n\tdkim=pass (2048-bit key)"
        " header.d=corp.example header.b=Ab12"
    )
    found["opendmarc-above-opendkim"] = (ROUTES["postfix"].trust, ROUTES["postfix"].around(SENT, several))
    return found


def _in_the_cloud(home: str, address: str, version: str) -> str:
    """Return the header of a mail between two people of one tenant."""
    other = address.replace("2d7", "243").replace("211:11", "212:12")
    first, second = f"DU2PR04MB9025.eurprd04.{home}", f"DB9PR04MB8123.eurprd04.{home}"
    return (
        f"Received: from {second} ({other})\n by AM0PR04MB6789.eurprd04.{home} with HTTPS; {DATE}\n"
        f"Received: from {first} ({address})\n by {second} ({other}) with\n Microsoft SMTP Server"
        f" (version=TLS1_2,\n cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.6318.20; {DATE}\n"
        f"Received: from {first}\n ([fe80::9d1:aa:7b:3]) by {first}\n ([fe80::9d1:aa:7b:3%6]) with mapi id {version};"
        f" {DATE}\n"
        "From: =?gb2312?B?zfXA9g==?= <wang.li@corp.example>\nX-MS-Has-Attach: yes\n"
        "authentication-results: dkim=none (message not signed)\n header.d=none;dmarc=none action=none"
        " header.from=corp.example;\nX-MS-Exchange-Organization-AuthAs: Internal\n"
        f"X-MS-Exchange-Organization-AuthSource: {first}\nX-MS-Exchange-Organization-SCL: -1"
    )


def _from_inside() -> Mapping[str, tuple[Trust, str]]:
    mapi = (
        "Received: from EX01.{home} ([fe80::51c:9a1:77a:12]) by EX01.{home}\n ([fe80::51c:9a1:77a:12%5]) with mapi id"
        f" 15.02.1544.009; {DATE}\nFrom: 王丽 <wang.li@corp.example>\nX-MS-Has-Attach: yes\n"
        "X-MS-Exchange-Organization-AuthAs: Internal\nX-MS-Exchange-Organization-AuthSource: EX01.{home}"
    )
    exchange, hosts, gateway, submission = INSIDE.values()
    signed_in = (
        f"Received: from phone (cell.carrier.example [203.0.113.9])\n\t(Authenticated sender: wang.li)\n"
        f"\tby mx.corp.example (Postfix) with ESMTPSA id 1; {DATE}"
    )
    webmail = f"Received: from 203.0.113.9 by mx.corp.example with HTTP (HTTP/2.0 POST); {DATE}\n"
    sender = "From: wang.li@corp.example"
    return {
        "exchange": (
            exchange.trust,
            f"{exchange.above}\n{mapi}".replace("{date}", DATE).replace("{home}", "corp.example"),
        ),
        "exchange-hosts": (
            hosts.trust,
            f"{hosts.above}\n{mapi}".replace("{date}", DATE).replace("{home}", "corp.local"),
        ),
        "exchange-online": (
            exchange.trust,
            _in_the_cloud("prod.outlook.example", "2603:10a6:10:2d7::10", "15.20.6318.020"),
        ),
        "exchange-online-with-hosts": (
            replace(exchange.trust, own_hosts=("*.partner.outlook.example",)),
            _in_the_cloud("prod.partner.outlook.example", "2406:e500:c211:11::13", "15.20.6318.020"),
        ),
        "gateway-header": (
            gateway.trust,
            f"X-Corp-Inside: yes\n{gateway.above}".replace("{date}", DATE)
            + f"\nReceived: from pc7 (pc7.corp.example [192.168.3.7])\n\tby gw.corp.example with ESMTP id 1; {DATE}\n"
            + sender,
        ),
        "gateway-header-signed-in": (
            gateway.trust,
            signed_in.replace("mx.corp", "gw.corp") + f"\nX-Corp-Inside: yes\n{sender}",
        ),
        "submission": (submission.trust, f"{submission.above}\n{signed_in}\n{sender}".replace("{date}", DATE)),
        "webmail": (
            submission.trust,
            signed_in.replace("phone (cell.carrier.example [203.0.113.9])", "localhost (localhost [127.0.0.1])")
            + f"\n{webmail}{sender}",
        ),
    }
