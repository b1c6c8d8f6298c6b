"""What a reader sees of an HTML mail, and where its links lead."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daysheet.ingest.html_text import cloud_links, text_of


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("one<br>two<BR/>three", "one\ntwo\nthree"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "ab"),
        ("a &lt;b&gt; &#26085;&#x62A5; &nbsp; c", "a <b> 日报 c"),
        ("<style>p > a {x}</style>seen", "seen"),
        ("<STYLE type='a'><!-- p {x} --></STYLE>seen", "seen"),
        ("<script>if (a < b) { x('<p>') }</script>seen", "seen"),
        ("a<!-- unseen -->b", "ab"),
        ("a<!-- <p>unseen</p> -->b", "ab"),
        ("<!--[if gte mso 9]><xml>unseen</xml><![endif]-->seen", "seen"),
        ("a<![CDATA[b", "a<![CDATA[b"),
        ("a < b", "a < b"),
        ("<p", "<p"),
        ("<script>never closed", ""),
        ("", ""),
    ],
)
def test_markup_gives_what_is_seen(html: str, text: str) -> None:
    assert text_of(html) == text


@settings(deadline=None)
@given(st.text(alphabet="<>!-/ apbrscite&;#x[", max_size=80))
def test_no_markup_is_an_error(html: str) -> None:
    text_of(html)


@pytest.mark.parametrize(
    "link",
    [
        "https://pan.baidu.com/s/1abc",
        "http://share.weiyun.com/x",
        "https://CORP.sharepoint.com/:x:/r/a",
        "https://mail.qq.com/cgi-bin/ftnExs_download?t=x",
        "https://www.kdocs.cn/l/abc",
        "https://redirect.example/?to=https://we.tl/t-abc",
    ],
)
def test_a_cloud_disk_is_known(link: str) -> None:
    assert cloud_links(f"文件：{link} 谢谢 ({link})") == (link,)


@pytest.mark.parametrize("text", ["https://www.corp.example/", "pan.baidu.com", "mailto:a@box.com", "http://"])
def test_another_link_is_none(text: str) -> None:
    assert cloud_links(text) == ()
