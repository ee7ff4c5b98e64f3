"""Benign twins: innocent look-alikes of each signal, which nobody may accuse.

``TWINS`` is the list: the signal's id (with a letter where it has several twins) ->
share among twin accounts and what plays it.
"""

from __future__ import annotations

from collections.abc import Mapping

from stillwatch.lab.twins import content, identity, lifecycle, network, reasoning, timing
from stillwatch.lab.twins.cast import Twin

TWINS: Mapping[str, Twin] = {
    "SWS-1": Twin(1.0, timing.cron),
    "SWS-2": Twin(1.4, identity.company_card),
    "SWS-3": Twin(2.5, content.popular_harness),
    "SWS-3b": Twin(1.2, content.homework),
    "SWS-3c": Twin(1.0, content.dataset_tool),
    "SWS-4": Twin(1.2, content.vertical_saas),
    "SWS-5": Twin(0.8, content.audit),
    "SWS-6": Twin(0.7, content.judge_evals),
    "SWS-7": Twin(0.6, lifecycle.migrated),
    "SWS-8": Twin(0.6, timing.backfill),
    "SWS-8b": Twin(0.5, identity.small_team),
    "SWS-9": Twin(0.6, timing.nightly_evals),
    "SWS-10": Twin(0.6, network.ci_runners),
    "SWS-11": Twin(1.6, network.campus),
    "SWS-12": Twin(0.9, timing.release_day),
    "SWS-13": Twin(0.7, network.several_providers),
    "SWS-14": Twin(0.7, network.privacy_gateway),
    "SWS-15": Twin(0.9, lifecycle.churn),
    "SWS-16": Twin(0.8, reasoning.session_resume),
    "SWS-17": Twin(0.4, lifecycle.red_team),
    "SWS-18": Twin(0.2, lifecycle.aggregator),
    "SWS-19": Twin(0.7, reasoning.other_history),
    "SWS-19b": Twin(0.7, lifecycle.quoted),
    "SWS-20": Twin(1.1, identity.school_cohort),
    "SWS-21": Twin(0.9, timing.launch),
    "SWS-23": Twin(0.5, lifecycle.drift_monitor),
}
