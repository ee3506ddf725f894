package request

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"example.com/shop-api/internal/api/problem"
	"example.com/shop-api/internal/apperr"
)

// ID parses the ID in the path of a request.
func ID(text string) (uuid.UUID, error) {
	id, err := UUID(text)
	if err != nil {
		return uuid.Nil, problem.New(http.StatusBadRequest, "the path is malformed", apperr.Field{Name: "id", Reason: err.Error()})
	}
	return id, nil
}

// ETag returns the entity tag of a version.
func ETag(version int64) string {
	return `"` + strconv.FormatInt(version, 10) + `"`
}

// entityTag allows at most 18 digits, so that the version fits in 64 bits.
var entityTag = regexp.MustCompile(`^"([1-9][0-9]{0,17})"$`)

// IfMatch returns the version in the If-Match header of a request. It returns 0
// if any version matches.
func IfMatch(r *http.Request) (int64, error) {
	given := r.Header.Values("If-Match")
	if len(given) == 0 || len(given) == 1 && given[0] == "*" {
		return 0, nil
	}
	if tag := entityTag.FindStringSubmatch(strings.Join(given, ", ")); tag != nil {
		return strconv.ParseInt(tag[1], 10, 64)
	}
	return 0, problem.New(http.StatusBadRequest, "a header is malformed", apperr.Field{Name: "If-Match", Reason: `must be * or an ETag such as "1"`})
}

// NoneMatch reports whether the If-None-Match header of a request contains the
// version.
func NoneMatch(r *http.Request, version int64) bool {
	for _, tags := range r.Header.Values("If-None-Match") {
		for tag := range strings.SplitSeq(tags, ",") {
			tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
			if tag == "*" || tag == ETag(version) {
				return true
			}
		}
	}
	return false
}
