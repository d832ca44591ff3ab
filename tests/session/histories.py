"""Histories that three operators may write together, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from gpuready.session.event import Event, EventKind
from tests.session.paper import CHECK, FAIL, ITEM, PASS, Paper

_WRITES = st.one_of(
    st.tuples(
        st.sampled_from([EventKind.MARKED]),
        st.sampled_from([CHECK, "other.a1"]),
        st.sampled_from([PASS, FAIL, PASS | {"value": 3, "unit": "ms"}, {"verdict": "maybe", "evidence": 7}]),
    ),
    st.tuples(
        st.sampled_from([EventKind.CLEARED, EventKind.WAIVER_ENDED]), st.sampled_from([CHECK]), st.just({})
    ),
    st.tuples(
        st.just(EventKind.OWNER),
        st.just(ITEM),
        st.sampled_from([{"owner": "ana"}, {"owner": "bo"}, {"owner": None}, {"owner": 5}, {}]),
    ),
    st.tuples(
        st.just(EventKind.DUE),
        st.just(ITEM),
        st.sampled_from([{"due": "2026-12-01"}, {"due": None}, {"due": "soon"}]),
    ),
    st.tuples(
        st.just(EventKind.SETTING),
        st.just(""),
        st.sampled_from([{"key": "zone", "value": "UTC"}, {"key": "zone", "value": "CET"}, {"key": 1}]),
    ),
    st.tuples(st.just(EventKind.NOTE), st.sampled_from([CHECK, ITEM]), st.just({"text": "seen"})),
    st.tuples(st.just("drill.begun"), st.just(ITEM), st.just({"what": ["a", {"later": 1.5}]})),
)
_STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.one_of(
            _WRITES,
            st.sampled_from(["undo", "redo"]),
            st.integers(0, 2),  # learn what that one knows
        ),
    ),
    max_size=25,
)


def _play(steps: list[tuple[int, object]]) -> tuple[Paper, Paper, Paper]:
    papers = tuple(Paper(name) for name in ("a", "b", "c"))
    for who, step in steps:
        paper = papers[who]
        if step == "undo":
            paper.undo()
        elif step == "redo":
            paper.redo()
        elif isinstance(step, int):
            paper.learn(papers[step])
        elif isinstance(step, tuple):
            paper.write(*step)
    return papers[0], papers[1], papers[2]


def events_of(papers: tuple[Paper, ...]) -> list[Event]:
    """All that any of them knows, each once."""
    return list({event.id: event for paper in papers for event in paper.state.events()}.values())


THREE_COPIES = _STEPS.map(_play)
