"""One run as a section of docs/evaluation.md, so that pasting it is mechanical."""

from collections.abc import Iterator, Sequence
from datetime import date

from app.evaluation.engines import KINDS, OURS
from app.evaluation.evaluate import MAIN_GROUPS, TITLES, Evaluation, Query, figures, groups
from app.evaluation.intervals import Interval
from app.matching.score import VERSION


def section(found: Evaluation, *, edition: str, today: date) -> str:
    """The figures of a part in Markdown, between the marks that docs/evaluation.md has for them."""
    return "\n".join(
        (f"<!-- figures: {found.part} -->", *_lines(found, edition, today), f"<!-- end: {found.part} -->", "")
    )


def _lines(found: Evaluation, edition: str, today: date) -> Iterator[str]:
    members = groups(found.queries)
    yield f"Made by `puente evaluate --part {found.part} --markdown` on {today}, engine {VERSION},"
    yield f"edition {edition[:15]}…: {len(found.queries)} requests against {found.offers} offers."
    yield f"{found.translator.rstrip('.')}; {found.untranslated} postings were compared untranslated."
    yield ""
    main = [name for name in MAIN_GROUPS if name in members]
    shown = [(title, name) for title in ("recall@10", "nDCG@10") for name in main]
    heads = [f"{title} {name} ({len(members[name])})" for title, name in shown]
    yield _row(["engine", *heads, "MRR", "success@1"])
    yield _row(["---"] * (len(heads) + 3))
    for kind, heading in KINDS.items():
        engines = [engine for engine in found.engines if engine.kind == kind]
        if engines and kind != "ours":
            yield _row([f"*{heading}*", *[""] * (len(heads) + 2)])
        for engine in engines:
            measured = {name: figures(members[name], engine.name) for name in main}
            cells = [
                bounds(measured[name].recall_at_10 if title == "recall@10" else measured[name].ndcg_at_10)
                for title, name in shown
            ]
            whole = measured["all"]
            yield _row([engine.name, *cells, f"{whole.mrr.value:.3f}", f"{whole.success_at_1.value:.3f}"])
    yield ""
    yield from sentences(found)
    yield ""
    yield from _by_languages(found, members)


def sentences(found: Evaluation) -> Iterator[str]:
    """What is left to say in words: the ratios, and the channels."""
    yield f"- Recall@10 across languages over recall@10 within one: {bounds(found.across_over_same)}."
    for name, (baseline, ratio) in found.over_best_baseline().items():
        yield f"- nDCG@10 over that of the best baseline, {name}: {bounds(ratio)} ({baseline})."
    carried = sum(one.found for one in found.carried)
    yield (
        f"- The channel on record is among the first 3 for {carried} of {len(found.carried)} exchanges that "
        f"have one: {bounds(found.channel_among_first_3)}."
    )
    told = found.repeats
    yield (
        f"- Near-duplicates: {told.found} of {told.sent_again} postings that were sent again are told; "
        f"of {told.others} others, {told.wrongly} are told of another posting by the same writer, which is "
        f"wrong, and {told.by_two} of one by another writer, who may have written of the same practice."
    )
    for what in dict.fromkeys(one.what for one in found.tags):
        by_language = ", ".join(
            f"{one.language} {one.macro_f1:.2f} ({one.postings})" for one in found.tags if one.what == what
        )
        yield f"- Suggested {what}, macro-F1 by language (postings): {by_language}."


def _by_languages(found: Evaluation, members: dict[str, list[Query]]) -> Iterator[str]:
    engines = [OURS.name, *(engine.name for engine in found.engines if engine.kind == "baseline")]
    yield _row(["languages", "requests", *(f"{TITLES[name]}" for name in TITLES), *engines[1:]])
    yield _row(["---"] * (len(TITLES) + len(engines) + 1))
    for name, queries in members.items():
        if name not in MAIN_GROUPS:
            own, *others = (figures(queries, engine) for engine in engines)
            yield _row(
                [
                    name,
                    str(own.queries),
                    *(f"{getattr(own, measure).value:.2f}" for measure in TITLES),
                    *(f"{one.recall_at_10.value:.2f} / {one.ndcg_at_10.value:.2f}" for one in others),
                ]
            )


def bounds(interval: Interval | None) -> str:
    """A figure with its interval."""
    if interval is None:
        return "not known"
    return f"{interval.value:.3f} [{interval.low:.2f}–{interval.high:.2f}]"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
