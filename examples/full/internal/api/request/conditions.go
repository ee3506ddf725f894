package request

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"example.com/market-api/internal/api/problem"
	"example.com/market-api/internal/apperr"
)

// ID parses the ID in the path of a request.
func ID(given string) (uuid.UUID, error) {
	id, err := UUID(Value{text: given})
	if err != nil {
		return uuid.Nil, problem.New(http.StatusBadRequest, "the path is malformed", apperr.Field{Name: "id", Reason: err.Error()})
	}
	return id, nil
}

// ETag returns the entity tag of a version.
func ETag(version int64) string {
	return `"` + strconv.FormatInt(version, 10) + `"`
}

// Conditions are the conditions of a request: it applies only to some versions
// of an item (RFC 9110, section 13).
type Conditions struct {
	match     tags
	noneMatch tags
}

// tags is the value of a header with entity tags. It is the zero value if the
// request does not have the header.
type tags struct {
	// any is set if the value is *.
	any  bool
	list []string
}

// ReadConditions parses the headers If-Match and If-None-Match of a request.
func ReadConditions(r *http.Request) (Conditions, error) {
	match, err := readTags(r, "If-Match")
	if err != nil {
		return Conditions{}, err
	}
	noneMatch, err := readTags(r, "If-None-Match")
	if err != nil {
		return Conditions{}, err
	}
	return Conditions{match: match, noneMatch: noneMatch}, nil
}

// Allow reports whether a version can be changed.
func (c Conditions) Allow(version int64) bool {
	return c.matches(version) && !c.noneMatch.contain(version, true)
}

// Version returns the version that a change of an item must find, or 0 for any
// version. It reads the current version only if the conditions require that. If
// they do not allow any change, it returns apperr.Stale.
func (c Conditions) Version(current func() (int64, error)) (int64, error) {
	if !c.noneMatch.any && c.noneMatch.list == nil {
		if c.match.any || c.match.list == nil {
			return 0, nil
		}
		if len(c.match.list) == 1 {
			version, err := strconv.ParseInt(strings.Trim(c.match.list[0], `"`), 10, 64)
			if err == nil && version > 0 && c.matches(version) {
				return version, nil
			}
		}
	}
	version, err := current()
	if err != nil {
		return 0, err
	}
	if !c.Allow(version) {
		return 0, errStale()
	}
	return version, nil
}

func errStale() error {
	return apperr.New(apperr.Stale, "the resource has changed since you read it")
}

// Modified reports whether the response to a GET request needs a body. It
// returns apperr.Stale if If-Match does not match the version.
func (c Conditions) Modified(version int64) (bool, error) {
	if !c.matches(version) {
		return false, errStale()
	}
	return !c.noneMatch.contain(version, true), nil
}

// matches reports whether If-Match matches a version. A weak tag never does.
func (c Conditions) matches(version int64) bool {
	return !c.match.any && c.match.list == nil || c.match.contain(version, false)
}

func (t tags) contain(version int64, weak bool) bool {
	tag := ETag(version)
	return t.any || slices.Contains(t.list, tag) || weak && slices.Contains(t.list, "W/"+tag)
}

// entityTag matches an entity tag at the start of a text.
var entityTag = regexp.MustCompile(`^(W/)?"[^"\x00-\x20\x7f]*"`)

// readTags parses all lines of a header.
func readTags(r *http.Request, name string) (tags, error) {
	lines := r.Header.Values(name)
	if len(lines) == 0 {
		return tags{}, nil
	}
	rest := strings.Join(lines, ",")
	if strings.Trim(rest, " \t") == "*" {
		return tags{any: true}, nil
	}

	// A list can contain empty elements.
	const separators = " \t,"
	var list []string
	for rest = strings.TrimLeft(rest, separators); rest != ""; rest = strings.TrimLeft(rest, separators) {
		tag := entityTag.FindString(rest)
		rest = strings.TrimLeft(rest[len(tag):], " \t")
		if tag == "" || rest != "" && rest[0] != ',' {
			list = nil
			break
		}
		list = append(list, tag)
	}
	if list == nil {
		return tags{}, problem.New(http.StatusBadRequest, "a header is malformed", apperr.Field{Name: name, Reason: `must be * or a list of ETags such as "1"`})
	}
	return tags{list: list}, nil
}
