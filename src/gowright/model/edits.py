"""Edits of the resources of a project: what `add`, `remove` and `rename` change in the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from gowright.errors import BadAnswer, escape
from gowright.model.answers import read_resources
from gowright.model.resources import grammar
from gowright.model.resources.field import Field, read_field
from gowright.model.resources.names import did_you_mean, plural
from gowright.model.resources.reserved import ReservedNames
from gowright.model.resources.resource import Resource

#: Resources as answers.
Answers = list[dict[str, Any]]

#: Types without defaults, and what reads the text of a value.
_READERS: dict[str, Callable[[str], object]] = {
    "time": datetime.fromisoformat,
    "date": date.fromisoformat,
    "uuid": UUID,
}


@dataclass(frozen=True)
class Edit:
    """Resources after an edit, and what they don't tell about it.

    Attributes:
        resources: the checked resources, as answers.
        tables: the former plurals of renamed resources, by plural.
        fields: the former names of renamed fields, by plural and name.
        fill: the values that rows that exist get, by plural and field.
        names: the new names of renamed resources, by name.
        what: what is done, such as "add resource order".
        kept: the data of an earlier removal to delete, in the notation of Wish.drop; the first of these names that
            exists.
    """

    resources: Answers
    tables: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fill: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    what: str = ""
    kept: tuple[str, ...] = ()


class Editor:
    """Edits the resources of one project. Every method raises BadAnswer if the result would be invalid."""

    def __init__(self, resources: Sequence[Resource], reserved: ReservedNames) -> None:
        self._resources = {resource.name: resource for resource in resources}
        self._reserved = reserved

    def add_resource(self, text: str) -> Edit:
        """Add a resource, in the grammar of --resource."""
        raw = grammar.parse(text)
        if raw["name"] in self._resources:
            raise _taken(f"resource {raw['name']}", "add a field to it: gowright add field")
        return Edit(self._checked([*self._answers(), raw]), what=f"add resource {raw['name']}")

    def remove_resource(self, name: str, *, drop: bool = False) -> Edit:
        """Remove a resource that no other one refers to.

        Args:
            name: its name.
            drop: whether it can be one that was removed earlier, and whose table was kept.
        """
        if drop and name not in self._resources:
            singular, _, table = name.partition("/")
            names = (table,) if table else (plural(singular), singular)
            return Edit(self._answers(), what=f"delete the data of resource {name}", kept=names)
        self._resource(name)
        for other in self._resources.values():
            for each in other.references:
                if each.ref == name and other.name != name:
                    raise BadAnswer(
                        "referenced",
                        f"resource {name} is in use",
                        why=f"{other.name}.{each.name} refers to it",
                        fix=f"first: gowright remove field {other.name} {each.name}",
                    )
        left = [each for each in self._answers() if each["name"] != name]
        return Edit(self._checked(left), what=f"remove resource {name}")

    def add_field(self, resource: str, text: str, fill: str | None = None) -> Edit:
        """Add a field, in the grammar of --resource.

        Args:
            resource: the name of the resource.
            text: the field, such as `note:text`.
            fill: the value of the objects that exist.
        """
        target = self._resource(resource)
        if len(text.split()) != 1:
            raise BadAnswer(
                "usage", f"{escape(text, 50)} is not one field", fix="write name:type, without spaces"
            )
        (raw,) = grammar.parse(f"{resource} {text}")["fields"]
        new = read_field(raw, f"resource {resource}")
        if new.name in {each.name for each in target.fields}:
            raise _taken(f"field {new.name} of {resource}", "choose another name")
        answers = self._with_fields(resource, [*target.fields, new])
        filled = {target.plural: {new.name: filled_value(new, fill)}} if fill is not None else {}
        return Edit(answers, fill=filled, what=f"add field {new.name} to {resource}")

    def remove_field(self, resource: str, name: str, *, drop: bool = False) -> Edit:
        """Remove a field.

        Args:
            resource: the name of the resource.
            name: the name of the field.
            drop: whether it can be one that was removed earlier, and whose column was kept.
        """
        target = self._resource(resource)
        if drop and not {name, f"{name}_id"} & {each.name for each in target.fields}:
            columns = (f"{target.plural}.{name}", f"{target.plural}.{name}_id")
            what = f"delete the data of field {name} of {resource}"
            return Edit(self._answers(), what=what, kept=columns)
        gone = self._field(target, name)
        left = [each for each in target.fields if each is not gone]
        return Edit(self._with_fields(resource, left), what=f"remove field {gone.name} from {resource}")

    def rename_resource(self, name: str, new: str) -> Edit:
        """Rename a resource.

        Args:
            name: its name.
            new: its new name, or name/plural.
        """
        target = self._resource(name)
        new_name, _, new_plural = new.partition("/")
        if new_name in self._resources and new_name != name:
            raise _taken(f"resource {new_name}", "choose another name")
        answers = self._answers()
        for each in answers:
            for one in each["fields"]:
                if one.get("ref") == name:
                    one["ref"] = new_name
            if each["name"] == name:
                each["name"] = new_name
                del each["plural"]
                each |= {"plural": new_plural} if new_plural else {}
        checked = self._checked(answers)
        (renamed,) = (each for each in checked if each["name"] == new_name)
        moved = renamed["plural"] != target.plural
        return Edit(
            checked,
            tables={renamed["plural"]: target.plural} if moved else {},
            names={name: new_name},
            what=f"rename resource {name} to {new_name}",
        )

    def rename_field(self, resource: str, name: str, new: str) -> Edit:
        """Rename a field."""
        target = self._resource(resource)
        former = self._field(target, name)
        if former.type == "ref" and not new.endswith("_id"):
            new = f"{new}_id"
        if new in {each.name for each in target.fields}:
            raise _taken(f"field {new} of {resource}", "choose another name")
        raw = [each.answer() | ({"name": new} if each is former else {}) for each in target.fields]
        return Edit(
            self._with_fields(resource, raw),
            fields={target.plural: {new: former.name}},
            what=f"rename field {former.name} of {resource} to {new}",
        )

    def _answers(self) -> Answers:
        return [resource.answer() for resource in self._resources.values()]

    def _checked(self, raw: Iterable[Any]) -> Answers:
        return [resource.answer() for resource in read_resources(list(raw), self._reserved)]

    def _with_fields(self, resource: str, fields: Iterable[Any]) -> Answers:
        answers = self._answers()
        for each in answers:
            if each["name"] == resource:
                each["fields"] = [one.answer() if isinstance(one, Field) else one for one in fields]
        return self._checked(answers)

    def _resource(self, name: str) -> Resource:
        if name not in self._resources:
            known = list(self._resources)
            raise BadAnswer(
                "unknown-resource",
                f"there is no resource {escape(name, 50)}",
                why=f"resources are {', '.join(known)}" if known else "the project has no resources",
                fix=f"name one of them{did_you_mean(name, known)}"
                if known
                else "add it: gowright add resource",
            )
        return self._resources[name]

    def _field(self, resource: Resource, name: str) -> Field:
        known = {each.name: each for each in resource.fields}
        for candidate in (name, f"{name}_id"):
            if candidate in known:
                return known[candidate]
        raise BadAnswer(
            "unknown-field",
            f"{resource.name} has no field {escape(name, 50)}",
            why=f"its fields are {', '.join(known)}",
            fix=f"name one of them{did_you_mean(name, known)}",
        )


def filled_value(of: Field, text: str) -> Any:
    """The value of a field that objects that exist get, from its text on the command line.

    Raises:
        BadAnswer: if the field can't have this value.
    """
    here = f"--fill {of.name}={text}"
    if of.type == "ref":
        raise _unfit(here, "a reference is to another object for each owner, so no value fits all objects")
    if of.unique:
        raise _unfit(here, "the field is unique, so only one object could have it")
    if reader := _READERS.get(of.type):
        try:
            reader(text)
        except ValueError as error:
            raise _unfit(here, f"it is not a {of.type}") from error
        return text
    plain = {
        key: value for key, value in of.answer().items() if key not in ("required", "optional", "default")
    }
    try:
        (raw,) = grammar.parse(f"x {of.name}:{_type(of)}:default={text.replace(' ', '_').replace(':', '_')}")[
            "fields"
        ]
        value = text if isinstance(raw["default"], str) else raw["default"]
        return read_field(plain | {"default": value}, "x").default
    except BadAnswer as error:
        raise _unfit(here, error.why or error.what) from error


def _type(of: Field) -> str:
    return f"enum={'|'.join(of.enum)}" if of.type == "enum" else of.type


def _unfit(here: str, why: str) -> BadAnswer:
    return BadAnswer("bad-fill", f"{escape(here, 80)} is not possible", why=why, fix="pass another value")


def _taken(what: str, fix: str) -> BadAnswer:
    return BadAnswer("name-exists", f"{escape(what, 80)} exists", fix=fix)
