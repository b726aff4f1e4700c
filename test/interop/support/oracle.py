"""What packaging and pkginfo say: a JSON request a line comes in, a JSON answer a line goes out, in the same order.

The answers have the form of test/fixtures/vectors/README.md.
"""

import base64
import json
import sys
import warnings

import pkginfo
import pkginfo.distribution
from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.metadata import ExceptionGroup, Metadata, parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_version,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

INVALID = (InvalidVersion, InvalidSpecifier, InvalidRequirement, InvalidWheelFilename, InvalidSdistFilename)


def version(request):
    parsed = Version(request["input"])
    return {
        "normalized": str(parsed),
        "public": parsed.public,
        "base": parsed.base_version,
        "canonical": canonicalize_version(parsed),
        "epoch": str(parsed.epoch),
        "release": ".".join(map(str, parsed.release)),
        "pre": None if parsed.pre is None else f"{parsed.pre[0]}{parsed.pre[1]}",
        "post": None if parsed.post is None else str(parsed.post),
        "dev": None if parsed.dev is None else str(parsed.dev),
        "local": parsed.local,
        "is_prerelease": parsed.is_prerelease,
        "is_postrelease": parsed.is_postrelease,
        "is_devrelease": parsed.is_devrelease,
    }


def order(request):
    return {"sorted": [str(item) for item in sorted(map(Version, request["versions"]))]}


def specifier(request):
    parsed = SpecifierSet(request["input"])
    versions = request["versions"]
    return {
        "canonical": str(parsed),
        "contained": [item for item in versions if parsed.contains(item)],
        "filtered": list(parsed.filter(versions)),
    }


def requirement(request):
    parsed = Requirement(request["input"])
    return {
        "name": parsed.name,
        "extras": sorted(parsed.extras),
        "specifier": str(parsed.specifier),
        "url": parsed.url,
        "marker": None if parsed.marker is None else str(parsed.marker),
        "normalized": str(parsed),
        "holds": [holds(parsed.marker, *asked) for asked in request["environments"]],
    }


def holds(marker, values, extra):
    if marker is None:
        return True
    try:
        return marker.evaluate({**values, "extra": extra})
    except UndefinedComparison:
        return "undefined-comparison"
    except UndefinedEnvironmentName:
        return "undefined-name"


def wheel(request):
    name, parsed, build, tags = parse_wheel_filename(request["input"])
    return {
        "name": name,
        "version": str(parsed),
        "build": [str(build[0]), build[1]] if build else None,
        "tags": sorted(map(str, tags)),
    }


def sdist(request):
    name, parsed = parse_sdist_filename(request["input"])
    return {"name": name, "version": str(parsed)}


def metadata(request):
    data = base64.b64decode(request["base64"])
    raw, unparsed = parse_email(data)
    invalid = []
    try:
        Metadata.from_email(data, validate=True)
    except ExceptionGroup as group:
        invalid = sorted({error.field for error in group.exceptions})
    return {"raw": raw, "unparsed_fields": sorted(unparsed), "invalid_fields": invalid}


class Given(pkginfo.distribution.Distribution):
    def __init__(self, data):
        self.parse(data)


def fields(request):
    """Every field that pkginfo reads for the declared version of the metadata."""
    given = Given(base64.b64decode(request["base64"]))
    return {name: getattr(given, name) for name in given}


def archive(request):
    """The metadata file that pkginfo finds in a distribution."""
    kinds = {".whl": pkginfo.Wheel, ".egg": pkginfo.BDist}
    kind = kinds.get(request["path"][-4:], pkginfo.SDist)
    data = kind(request["path"]).read()
    return {"base64": base64.b64encode(data.encode() if isinstance(data, str) else data).decode()}


ANSWERS = {
    answer.__name__: answer
    for answer in (version, order, specifier, requirement, wheel, sdist, metadata, fields, archive)
}

warnings.simplefilter("ignore")
for line in sys.stdin:
    asked = json.loads(line)
    try:
        print(json.dumps({"valid": True, **ANSWERS[asked["kind"]](asked)}))
    except INVALID:
        print(json.dumps({"valid": False}))
    except AssertionError:
        # 26.3 fails on itself where U+017F stands for the s of a specifier's "post": no answer is no.
        if asked["kind"] != "specifier":
            raise
        print(json.dumps({"valid": False}))
