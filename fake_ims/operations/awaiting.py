"""What an analysis sets off, and what its callbacks rest on: noted by the calls that cause one."""

from __future__ import annotations

from fake_ims.events.targets import targets_of
from fake_ims.gateway.catalogue import Services
from fake_ims.library import analysed
from fake_ims.library.analysed import ANALYSED
from fake_ims.library.assets import Asset


def await_analysis(asset: Asset | None, user_data: str | None, services: Services) -> None:
    """Know of the receiver that UserData names, and note what the callbacks of an asset's analysis
    rest on, and what comes of the workflow that it names; None for an asset that is gone, as one
    whose ClientToken outlives it.
    """
    callback, choices, settings = services.callback, services.choices, services.settings
    callback.expect(user_data, choices)
    if asset is not None and asset.workflow_id is not None:
        if asset.workflow_id not in services.library.declared.workflows:
            choices.note("undeclared_workflow")
    if callback.awaited and asset is not None:
        if targets_of(ANALYSED, user_data, callback.current, settings):
            analysed.note(asset.media_type, choices)
