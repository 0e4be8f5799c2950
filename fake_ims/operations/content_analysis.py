"""SetContentAnalyzeConfig and GetContentAnalyzeConfig."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

from marshmallow import fields

from fake_ims import errors
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import Boolean, Listed, RequestSchema, ResponseSchema, Text, Written
from fake_ims.library.content_analysis import SAVE_TYPES, TEMPLATES, ContentAnalysis


@dataclass(slots=True, kw_only=True, eq=False)
class Setting:
    """What a caller of SetContentAnalyzeConfig asks for."""

    auto: bool = False
    save_type: tuple[str, ...] = ()
    template_id: str | None = None


class SetContentAnalyzeConfigRequest(RequestSchema):
    """No parameter is declared as required; what is not sent is as by default."""

    record = Setting

    auto = Boolean(data_key="Auto")
    save_type = Listed(words=SAVE_TYPES, data_key="SaveType")
    template_id = Text(data_key="TemplateId")


@dataclass(slots=True, eq=False)
class AnalysisSet:
    """The answer of SetContentAnalyzeConfig."""

    success: bool = True


class SetContentAnalyzeConfigResponse(ResponseSchema):
    """``Success`` is a JSON boolean (documented)."""

    success = fields.Boolean(data_key="Success")


@operation(
    "SetContentAnalyzeConfig",
    request=SetContentAnalyzeConfigRequest,
    response=SetContentAnalyzeConfigResponse,
    access="update",
)
def set_content_analyze_config(setting: Setting, services: Services) -> AnalysisSet:
    """Set whether assets are analysed after their registration, from now on."""
    if services.settings.strict and setting.template_id not in (None, *TEMPLATES):
        raise errors.INVALID_PARAMETER(name="TemplateId")
    services.jobs.content_analysis = ContentAnalysis(
        auto=setting.auto,
        save_type=",".join(setting.save_type) or None,
        template_id=setting.template_id,
    )
    return AnalysisSet()


class GetContentAnalyzeConfigRequest(RequestSchema):
    """No parameters (documented)."""

    record = SimpleNamespace


class ContentAnalysisSchema(ResponseSchema):
    """Writes a :class:`~fake_ims.library.content_analysis.ContentAnalysis`."""

    auto = fields.Boolean(data_key="Auto")
    save_type = Written(data_key="SaveType")
    template_id = Written(data_key="TemplateId")


@dataclass(slots=True, eq=False)
class AnalysisShown:
    """The answer of GetContentAnalyzeConfig."""

    config: ContentAnalysis


class GetContentAnalyzeConfigResponse(ResponseSchema):
    """What was set, or that nothing is analysed."""

    config = fields.Nested(ContentAnalysisSchema(), data_key="ContentAnalyzeConfig")


@operation(
    "GetContentAnalyzeConfig",
    request=GetContentAnalyzeConfigRequest,
    response=GetContentAnalyzeConfigResponse,
    access="get",
)
def get_content_analyze_config(request: SimpleNamespace, services: Services) -> AnalysisShown:
    """Show what was set."""
    return AnalysisShown(services.jobs.content_analysis)
