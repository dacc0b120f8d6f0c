from __future__ import annotations

import pytest

from landing.content.logo import svg
from landing.content.logo.reader import UnusableError
from tests.content.logo.samples import SVG

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
LAUGHS = (
    '<!DOCTYPE svg [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    f"{OPEN}><text>&c;</text></svg>"
)


@pytest.mark.parametrize(
    "content",
    [
        SVG,
        b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\n<!-- Acme -->' + SVG,
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
        b'"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">' + SVG,
        f"{OPEN}><style>rect{{fill:red}}</style><g font-size='3'/></svg>".encode(),
        SVG.decode().encode("utf-16"),
        b'<s:svg xmlns:s="http://www.w3.org/2000/svg"/>',
        f'{OPEN}><use xlink:href="#mark"/><title>on javascript: 3 &lt; 4</title></svg>'.encode(),
        f'{OPEN}><image href="\ndata:image/png;base64,AAAA"/><image href=""/></svg>'.encode(),
    ],
)
def test_a_picture_as_programs_write_it_is_accepted(content: bytes) -> None:
    assert svg.START.match(content)
    svg.check(content)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (f"{OPEN}><script>alert(1)</script></svg>", "must not contain <script>"),
        (f"{OPEN}><g><SCRIPT/></g></svg>", "must not contain <SCRIPT>"),
        (f'{OPEN}><x:script xmlns:x="http://www.w3.org/1999/xhtml"/></svg>', "<script>"),
        (f"{OPEN}><foreignObject/></svg>", "must not contain <foreignObject>"),
        (f'{OPEN} onload="alert(1)"/>', "Remove the attribute onload"),
        (f'{OPEN}><rect OnClick="alert(1)"/></svg>', "Remove the attribute OnClick"),
        (f'{OPEN}><a xlink:href="javascript:alert(1)"/></svg>', "Remove the attribute href"),
        (f'{OPEN}><a href=" &#10;JavaScript:alert(1)"/></svg>', "Remove the attribute href"),
        (f'{OPEN}><a href="java&#9;script&#10;:alert(1)"/></svg>', "Remove the attribute href"),
        (f'{OPEN}><animate values="#a; javascript:alert(1)"/></svg>', "the attribute values"),
        (f'{OPEN}><image href="https://example.org/a.png"/></svg>', "another file .*<image>"),
        (f'{OPEN}><image xlink:href="a.png"/></svg>', "another file .*<image>"),
        (f'{OPEN}><use href="a.svg#mark"/></svg>', "another file .*<use>"),
        (f'{OPEN}><feImage href="Data:image/SVG+xml,"/></svg>', "another SVG"),
        (f'<?xml-stylesheet href="a.css"?>{OPEN}/>', "another file .*xml-stylesheet"),
        (LAUGHS, "must not contain entities"),
        ('<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + OPEN + ">&a;</svg>", "entit"),
        (f'<!DOCTYPE svg SYSTEM "http://example.org/a.dtd">{OPEN}>&a;</svg>', "entities"),
        (f"{OPEN}>&a;</svg>", "not valid XML"),
        (f"{OPEN}>", r"not valid XML \(line 1\)"),
        ("<svg/>", "must begin with <svg xmlns="),
        ("<!DOCTYPE html><html><body>Hello</body></html>", "must begin with <svg xmlns="),
        (f"<g>{OPEN}/></g>", "must begin with <svg xmlns="),
        (f"{OPEN}/>{OPEN}/>", "not valid XML"),
        ("<", "not valid XML"),
        (f'<?xml version="1.0" encoding="utf-7"?>{OPEN}/>', "unknown encoding"),
        (f'<?xml version="1.0" encoding="rot13"?>{OPEN}/>', "unknown encoding"),
        (f'<?xml version="1.0" encoding="klingon"?>{OPEN}/>', "unknown encoding"),
    ],
)
def test_another_document_is_refused_with_the_reason(content: str, error: str) -> None:
    with pytest.raises(UnusableError, match=error):
        svg.check(content.encode())


def test_a_document_is_as_deep_as_browsers_show() -> None:
    def nest(levels: int) -> bytes:
        return f"{OPEN}>{(levels - 1) * '<g>'}{(levels - 1) * '</g>'}</svg>".encode()

    svg.check(nest(svg.MAX_DEPTH))
    for levels in (svg.MAX_DEPTH + 1, 10_000):
        with pytest.raises(UnusableError, match="at most 1000 levels"):
            svg.check(nest(levels))
