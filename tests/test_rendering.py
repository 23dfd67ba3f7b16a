"""Rendering: real mails come out right, and values are never markup."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from adapters.rendering.pool import Renderer
from domain.content import BodyKind, Source
from domain.values import JsonValue
from tests.mails import NAMES, mail
from tests.rendering import MJML, html, mjml, of, running_renderer

renderer = pytest.fixture(running_renderer, scope="module")


@pytest.mark.parametrize("name", NAMES)
async def test_a_demonstration_mail_is_well_formed_and_renders(
    renderer: Renderer, name: str
) -> None:
    example = mail(name)
    assert await renderer.check(example.source, example.names) == []
    rendered = await renderer.render(example.source, example.resolved())
    assert rendered.subject
    for output in (rendered.subject, rendered.html, rendered.text):
        assert "{{" not in output
        assert "{%" not in output
    assert "<mj-" not in rendered.html
    assert "<" not in rendered.text


async def test_a_newsletter_shows_its_values_in_subject_html_and_text(renderer: Renderer) -> None:
    example = mail("garden-newsletter")
    assert len(example.source.body) > 19_000
    rendered = await renderer.render(example.source, example.resolved())
    assert rendered.subject == "The water lily carries a child · No. 117, May 2026"
    assert "Dear Zoë," in rendered.html
    assert "the last 2 seats" in rendered.html
    assert "Join for 90.00 CHF" in rendered.html
    assert "Grafting, for beginners, Orchard barn (45.00 CHF)" in rendered.text
    member = await renderer.render(example.source, example.resolved(isMember=True))
    assert "Thank you for being a Friend" in member.html
    assert "Join for" not in member.html


async def test_styles_are_inlined_and_media_queries_kept(renderer: Renderer) -> None:
    rendered = await renderer.render(*of("order-confirmation"))
    assert 'class="number" style="' in rendered.html
    assert "@media (max-width: 480px)" in rendered.html


async def test_an_order_lists_its_lines_and_money(renderer: Renderer) -> None:
    rendered = await renderer.render(*of("order-confirmation"))
    assert rendered.subject == ("Your order LS-2026-004817 at Lindenhof Seeds, 1,214.90 EUR")
    assert "7 pieces in 4 lines" in " ".join(rendered.text.split())
    assert "1,189.00 EUR" in rendered.html
    assert "Seed bags, paper, 5 g &amp; 10 g" in rendered.html
    assert "[See your order](https://shop.lindenhof.example/orders/" in rendered.text
    assert "Demir-O'Neill" in rendered.text


async def test_a_value_is_never_markup(renderer: Renderer) -> None:
    hostile = '<script>alert("x")</script>'
    source = html("<p>{{ name }}</p>", "To {{ name }}", "To {{ name }}")
    rendered = await renderer.render(source, {"name": hostile})
    assert "<script" not in rendered.html
    assert "&lt;script&gt;" in rendered.html
    assert rendered.subject == f"To {hostile}"
    assert rendered.text == f"To {hostile}\n"
    in_mjml = await renderer.render(mjml("<mj-text>{{ name }}</mj-text>"), {"name": hostile})
    assert "<script" not in in_mjml.html


async def test_a_value_cannot_leave_its_attribute(renderer: Renderer) -> None:
    source = mjml('<mj-button href="{{ url }}">Go</mj-button>')
    rendered = await renderer.render(source, {"url": '"><mj-raw><b id="in">'})
    tags = _Tags.of(rendered.html)
    assert "a" in tags
    assert not {"b", "mj-raw"} & tags


class _Tags(HTMLParser):
    """The names of the start tags, as a browser sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)

    @classmethod
    def of(cls, html: str) -> set[str]:
        reader = cls()
        reader.feed(html)
        return reader.names


async def test_there_is_no_filter_that_trusts_a_value(renderer: Renderer) -> None:
    [found] = await renderer.check(html("<p>{{ name | safe }}</p>"), {"name"})
    assert found.message.startswith('line 1, column 14: there is no filter "safe"')


async def test_a_subject_is_one_line_whatever_its_values_hold(renderer: Renderer) -> None:
    source = html("<p>x</p>", "{% if true %}\n Hi {{ name }}\n{% endif %}")
    rendered = await renderer.render(source, {"name": "A\r\nBcc: all@example.com\u2028\x85\tB"})
    assert rendered.subject == "Hi A Bcc: all@example.com B"


@pytest.mark.parametrize(
    ("liquid", "expected"),
    [
        ("{{ total }}", "1234.50 EUR"),
        ("{{ total | money }}", "1,234.50 EUR"),
        ("{{ total.amount }}/{{ total.currency }}", "1234.50/EUR"),
        ("{{ total.amount | times: 2 }}", "2469.0"),
        ("{{ 9.5 | money: 'CHF' }}", "9.50 CHF"),
        ("{{ rows[0].price }}", "3 JPY"),
        ("{{ day | date: '%d.%m.%Y' }}", "31.03.2026"),
        ("{{ moment | date: '%H:%M %z' }}", "17:00 +0200"),
        ("{% if nothing %}a{% else %}b{% endif %}", "b"),
        ("{{ nothing | default: 'none' }}", "none"),
        ("{% if rows[0].note %}a{% else %}b{% endif %}", "b"),
        ("{{ rows[0].note | default: 'none' }}", "none"),
        ("{% unless rows[0].note == blank %}a{% else %}b{% endunless %}", "a"),
    ],
)
async def test_values_read_well_in_liquid(renderer: Renderer, liquid: str, expected: str) -> None:
    values: dict[str, JsonValue] = {
        "total": {"amount": "1234.5", "currency": "EUR"},
        "rows": [{"price": {"amount": 3, "currency": "JPY"}}],
        "day": "2026-03-31",
        "moment": "2026-03-31T17:00:00+02:00",
        "nothing": None,
    }
    rendered = await renderer.render(html("<p>x</p>", text=liquid), values)
    assert rendered.text == expected + "\n"


@pytest.mark.parametrize(
    "text",
    ["🌿 emoji 👩‍🌾", "שלום עולם", "مرحبا", "Zoë Öztürk", "漢字かな", "a\u00a0b"],
)
async def test_any_script_comes_through(renderer: Renderer, text: str) -> None:
    source = Source(BodyKind.MJML, text, MJML.format(f"<mj-text>{text}: {{{{ it }}}}</mj-text>"))
    rendered = await renderer.render(source, {"it": text})
    assert rendered.html.count(text.replace("\u00a0", "&nbsp;")) == 2
    written = text.replace("\u00a0", " ")
    assert rendered.text == f"{written}: {written}\n"
    assert rendered.subject == written


@pytest.mark.parametrize("name", ["garden-newsletter", "order-confirmation"])
async def test_windows_line_ends_and_a_byte_order_mark_change_nothing(
    renderer: Renderer, name: str
) -> None:
    example = mail(name)
    plain = await renderer.render(example.source, example.resolved())
    windows = replace(
        example.source,
        subject="\ufeff" + example.source.subject.replace("\n", "\r\n"),
        body="\ufeff" + example.source.body.replace("\n", "\r\n"),
    )
    assert await renderer.check(windows, example.names) == []
    rendered = await renderer.render(windows, example.resolved())
    assert rendered.subject == plain.subject
    assert rendered.text == plain.text
    assert rendered.html.replace("\r", "").split() == plain.html.split()


async def test_branches_that_share_an_end_tag_are_well_formed(renderer: Renderer) -> None:
    body = (
        "<mjml><mj-body>{% if wide %}<mj-section padding='0'>{% else %}<mj-section>{% endif %}"
        "<mj-column {% if wide %}width='50%'{% else %}width='100%'{% endif %}>"
        "{% case size %}{% when 1 %}<mj-spacer />{% when 2 %}<mj-divider />{% endcase %}"
        "</mj-column></mj-section></mj-body></mjml>"
    )
    source = Source(BodyKind.MJML, "x", body)
    assert await renderer.check(source, {"wide", "size"}) == []
    rendered = await renderer.render(source, {"wide": True, "size": 2})
    assert "mj-column-per-50" in rendered.html


async def test_html_may_leave_out_the_end_tags_that_html_makes_optional(
    renderer: Renderer,
) -> None:
    body = "<p>a<p>b<ul>" + "<li>x" * 300 + "</ul><table>" + "<tr><td>1<td>2" * 200 + "</table>"
    assert await renderer.check(html(body), set()) == []
    assert (await renderer.render(html(body), {})).html.count("<td>") == 400


async def test_nothing_is_loaded_from_anywhere(renderer: Renderer) -> None:
    body = (
        '<html><head><link rel="stylesheet" href="file:///etc/passwd">'
        '<link rel="stylesheet" href="http://127.0.0.1:9/a.css"></head><body>x</body></html>'
    )
    rendered = await renderer.render(html(body), {})
    assert "root:" not in rendered.html
