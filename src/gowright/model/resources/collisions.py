"""Names that are good alone and clash with others: in Go, in the database, in URLs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gowright.errors import BadAnswer
from gowright.model.resources.names import OWN_FIELDS, exported, unexported
from gowright.model.resources.resource import Resource
from gowright.model.resources.rules import bad

#: Names of the template's own Go files, in folders where each resource has a file.
RESERVED = frozenset(
    "auth bson cached callers date doc errors gorm gorm_read handlers identity memory mongodb mongodb_documents page postgres refresh_token repositorytest services user".split()
)

#: Plurals that are a table or a route of the template's own.
RESERVED_PLURALS = frozenset("auth me users refresh_tokens goose_db_version".split())

#: By place: what the template makes of a resource's names there, and which names it has itself that
#: could be the same. A test reads the table from the template.
NAMESPACES: Mapping[str, tuple[str, str]] = {
    "components/requestBodies": (
        "{One}",
        "AuthRefreshToken",
    ),
    "components/schemas": (
        "{One}",
        "AuthCredentials AuthRegistration HealthReport Identity NextCursor ProblemDetails User",
    ),
    "internal/api/handlers": (
        "New{Many} {Many} {One}Service {one}Input {one}Output {one}OutputFrom {one}Query",
        "Auth AuthService Fail Guarded HandleErrors MethodNotAllowed NewAuth NotFound RecordRoute",
    ),
    "internal/api/handlers_test": (
        "Test{Many} {one}Sample",
        "",
    ),
    "internal/app.repositories": (
        "{Many}",
        "RefreshTokens Users",
    ),
    "internal/models": (
        "{One} {One}Fields {One}Filter",
        "Date Identity NewDate Page PageRequest ParseDate RefreshToken RoleAdmin RoleUser User",
    ),
    "internal/repository/cached": (
        "New{Many} key{One} {Many}",
        "",
    ),
    "internal/repository/gorm": (
        "New{Many} rowOf{One} {Many} {one}Fields {one}Row",
        "Close DB NewRefreshTokens NewUsers Open RefreshTokens Users refreshTokenRow rowOfUser userRow",
    ),
    "internal/repository/memory": (
        "New{Many} copy{One} {Many}",
        "NewRefreshTokens NewUsers RefreshTokens Users copyRefreshToken",
    ),
    "internal/repository/memory_test": (
        "BenchmarkGet{One} Test{Many}",
        "TestRefreshTokens TestUsers",
    ),
    "internal/repository/mongodb": (
        "New{Many} fieldsOf{One} schemaOf{Many} {Many}",
        "At Database NewRefreshTokens NewUsers RefreshTokens Schema Users fieldsOfUser schemaOfUsers",
    ),
    "internal/repository/postgres": (
        "New{Many} columnsOf{One} {Many}",
        "NewRefreshTokens NewUsers RefreshTokens Users columnsOfUser",
    ),
    "internal/repository/repositorytest": (
        "Sample{One} extremes{One} same{One} {Many}",
        "RefreshTokens SampleUser Users",
    ),
    "internal/services": (
        "New{Many} stored{One} {Many} {One}Repository",
        "Publisher",
    ),
    "operations": (
        "create{One} delete{One} get{One} list{Many} replace{One}",
        "getMe getOpenAPI listUsers",
    ),
    "test/integration_test": (
        "BenchmarkGet{One} BenchmarkList{Many} TestCached{Many} Test{Many}",
        "TestRefreshTokens TestUsers",
    ),
}


def refuse_clashes(resources: Sequence[Resource]) -> None:
    """Check resources against each other and against the template.

    Raises:
        BadAnswer: for the first clash.
    """
    for resource in resources:
        _refuse_reserved(resource)
        _refuse_system_tables(resource)
        _refuse_like_fields(resource)
    _refuse_same_words(resources)
    _refuse_same_revisions(resources)
    for place, (patterns, taken) in NAMESPACES.items():
        owners = dict.fromkeys(taken.split(), "the service's own")
        for resource in resources:
            for name, owner in _names(resource, patterns.split(), enums=place == _ENUMS):
                if name in owners:
                    raise _clash(owners[name], owner, f"both would be {name} in {place}")
                owners[name] = owner


def _refuse_reserved(resource: Resource) -> None:
    for name, reserved in ((resource.name, RESERVED), (resource.plural, RESERVED_PLURALS)):
        if name in reserved:
            raise bad(
                f"resource {resource.name}: the name {name} is taken",
                "the service has something of its own that is called so",
                "choose another name",
            )


def _refuse_system_tables(resource: Resource) -> None:
    if resource.plural.startswith("pg_"):
        raise bad(
            f"resource {resource.name}: the plural {resource.plural} starts with pg_",
            "PostgreSQL keeps such names for its own tables",
            f"write another plural: {resource.name}/{resource.plural.removeprefix('pg_')}",
        )


def _refuse_like_fields(resource: Resource) -> None:
    own = {exported(name): name for name in OWN_FIELDS}
    seen: dict[str, str] = {}
    for field in resource.fields:
        if (name := exported(field.name)) in own:
            raise bad(
                f"resource {resource.name}: field {field.name} clashes with {own[name]}, which every resource has",
                f"both would be {name} in Go",
                "leave it out, or choose another name",
            )
        key = field.name.replace("_", "")
        if key == f"{resource.name}_fields".replace("_", ""):
            raise bad(
                f"resource {resource.name}: the name of field {field.name} is taken",
                f"the service has a type {exported(resource.name)}Fields",
                "choose another name",
            )
        if key in seen:
            why = (
                "names must differ in more than underscores"
                if seen[key] != field.name
                else "a resource has each name once"
            )
            raise bad(
                f"resource {resource.name}: fields {seen[key]} and {field.name} clash",
                why,
                "rename one of them",
            )
        seen[key] = field.name


def _refuse_same_words(resources: Sequence[Resource]) -> None:
    owners: dict[str, str] = {}
    for resource in resources:
        for word in (resource.name, resource.plural):
            owner = f"resource {resource.name}"
            if word in owners:
                raise _clash(owners[word], owner, f"both are called {word}")
            owners[word] = owner


def _refuse_same_revisions(resources: Sequence[Resource]) -> None:
    owners: dict[int, str] = {}
    for resource in resources:
        numbers = [(resource.revision, f"resource {resource.name}")]
        for field in resource.fields:
            if field.since is not None:
                numbers.append((field.since, f"field {resource.name}.{field.name}"))
                if field.since < resource.revision:
                    raise bad(
                        f"resource {resource.name}, field {field.name}: since {field.since} is "
                        f"before its resource, {resource.revision}"
                    )
        for number, owner in numbers:
            if number in owners:
                raise _clash(owners[number], owner, f"both have revision {number}")
            owners[number] = owner


#: Where enums are.
_ENUMS = "internal/models"


def _names(resource: Resource, patterns: Iterable[str], *, enums: bool) -> Iterator[tuple[str, str]]:
    """What a resource is called in one place, and what to call that in a message."""
    one, many = exported(resource.name), exported(resource.plural)
    for pattern in patterns:
        name = pattern.format(
            One=one, Many=many, one=unexported(resource.name), many=unexported(resource.plural)
        )
        yield name, f"resource {resource.name}"
    for field in resource.fields if enums else ():
        if field.type == "enum":
            enum = f"{one}{exported(field.name)}"
            yield enum, f"enum {resource.name}.{field.name}"
            for value in field.enum:
                yield f"{enum}{exported(value)}", f"enum value {resource.name}.{field.name}={value}"


def _clash(one: str, other: str, why: str) -> BadAnswer:
    if one == other:
        return bad(f"{one} is there twice", why, "rename or remove one of them")
    return bad(f"{one} and {other} clash", why, "rename one of them")
