"""One probe asked as the engine asks it."""

from __future__ import annotations

from gpuready.checklist.units import UNITS
from gpuready.probes.probe import Ask, Measurement, Probe, Target
from gpuready.text.say import LANGUAGES, language, say, set_language


async def run_probe(
    probe: Probe,
    address: str = "",
    *,
    site: tuple[Target, ...] = (),
    limit: float | None = None,
    options: dict[str, str] | None = None,
    **params: object,
) -> Measurement:
    """Measure, and check what holds of every measurement: declared fields only, remarks that can be said in
    both languages, steps that can be told beforehand."""
    assert set(params) <= set(probe.params)
    target = Target(probe.on, "here", address, options or {})
    ask = Ask(target, {**probe.params, **params}, probe.limit if limit is None else limit, site)
    assert all(isinstance(step, str) and step for step in probe.steps(ask))
    assert set(probe.fields.values()) <= set(UNITS)
    measured = await probe.measure(ask)
    assert set(measured.fields) <= set(probe.fields), set(measured.fields) - set(probe.fields)
    for key, fields in measured.remarks:
        both(key, **fields)
    return measured


def both(key: str, **fields: object) -> str:
    """The sentence in English, once it has been said in Chinese too."""
    before = language()
    try:
        said = []
        for lang in LANGUAGES:
            set_language(lang)
            said.append(say(key, **fields))
    finally:
        set_language(before)
    return said[0]
