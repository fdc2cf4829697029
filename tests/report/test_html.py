from __future__ import annotations

from html import escape
from html.parser import HTMLParser

import pytest
from sample_claim import SampleParameters, every_verdict, sample_claim, step, verified

import theorycheck.report  # noqa: F401  (installs the renderer)
from theorycheck.claims import Outcome, Quantity, Verdict, run_claim
from theorycheck.report.html import report_html

POISON = "<script>alert('x')</script> & \"quoted\" <b>"


class Reader(HTMLParser):
    """Collects the text of a fragment and checks that its tags are balanced."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.words = ""

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def sample_report(*steps, parameters=SampleParameters(5, 2), **changes):
    return run_claim(sample_claim(*(steps or every_verdict()), **changes), parameters)


def test_the_fragment_has_everything():
    page = read(report_html(sample_report()))
    for verdict in Verdict:
        assert verdict.value in page.words
    for part in ("Sample <claim> (Nobody, Lemma 0) at n=5", "met: n is even & small", "(n is odd.)", "a <= b",
                 "0.333333333333333…", "1.5", "root <of> two", "counterexample: z=3, y=2", "REFUTED: 8 steps, REFUTED"):
        assert part in page.words, part
    # A heading, eight steps, and one alternative below a step.
    assert page.tags.count("tr") == 1 + 8 + 1 and page.tags.count("td") == 7 * 9 and page.tags.count("th") == 7


def poisoned_reports():
    outcome = Outcome(Verdict.REFUTED, Quantity.of(1, POISON), Quantity.of(2, POISON), (Quantity.of(3, POISON),),
                      POISON, POISON, {POISON: POISON})
    yield sample_report(step("s", lambda instance: outcome))
    yield sample_report(step("s", verified, title=POISON))
    yield sample_report(title=POISON, source=POISON)
    yield sample_report(note=POISON)
    yield sample_report(conclude=lambda *arguments: POISON)
    yield sample_report(parameters=SampleParameters(5, 2, pattern=POISON))


@pytest.mark.parametrize("number", range(6))
def test_no_text_becomes_markup(number):
    html = report_html(list(poisoned_reports())[number])
    page = read(html)
    assert POISON in page.words and "script" not in page.tags and "<b>'" not in html


def test_only_the_tags_of_the_fragment_are_there():
    allowed = {"div", "p", "b", "ul", "li", "small", "table", "thead", "tbody", "tr", "th", "td", "br", "code", "span"}
    assert set(read(report_html(sample_report())).tags) <= allowed


def test_a_notebook_shows_this_fragment():
    report = sample_report()
    assert report._repr_html_() == report_html(report)


def test_good_and_bad_verdicts_differ_in_colour():
    def colour(verdict):
        report = sample_report(step("s", lambda instance: Outcome(verdict)))
        return report_html(report).rsplit("color:", 1)[1][:7]
    assert colour(Verdict.VERIFIED) != colour(Verdict.REFUTED) != colour(Verdict.INCONCLUSIVE)
    assert colour(Verdict.REFUTED) == colour(Verdict.INCONSISTENT)


def test_hypotheses_that_fail_are_marked():
    assert "NOT MET: n is even" in read(report_html(sample_report(met=False, required=False))).words


def test_the_command_that_repeats_the_run_is_shown():
    report = run_claim(sample_claim(), SampleParameters(5, 2, pattern="a<b"))
    assert f"Repeat: <code>{escape(report.command)}</code>" in report_html(report)
