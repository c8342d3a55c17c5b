import pytest

from common.markdown import render, render_line


def test_usual_markdown_becomes_html() -> None:
    assert render("# Orders\n\n* **takes** `orders`") == (
        "<h1>Orders</h1>\n<ul>\n<li><strong>takes</strong> <code>orders</code></li>\n</ul>\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[click](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "![x](https://example.com/track.png)",
        "<p style='position:fixed'>over</p>",
    ],
)
def test_nothing_of_a_strangers_text_runs_or_loads(text: str) -> None:
    html = render(text)
    assert not any(bad in html for bad in ("<script", "<img", 'href="javascript', "<p style"))


def test_links_do_not_vouch_for_where_they_lead() -> None:
    assert 'rel="noopener noreferrer nofollow"' in render("[docs](https://example.com)")


def test_a_line_has_no_blocks() -> None:
    assert render_line("# not a *heading*") == "# not a <em>heading</em>"
