package auth

import (
	_ "embed"
	"strings"
	"sync"
)

// commonText contains the passwords that are tried first by attackers, in lower
// case and one per line.
//
//go:embed passwords.txt
var commonText string

// common returns the set of common passwords.
var common = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for password := range strings.Lines(commonText) {
		set[strings.TrimSpace(password)] = true
	}
	return set
})

// isCommon reports whether a password is one of the most common ones.
func isCommon(password string) bool {
	return common()[strings.ToLower(password)]
}

// resembles reports whether a password is the email of its account or the name
// in it.
func resembles(password, email string) bool {
	name, _, _ := strings.Cut(email, "@")
	return strings.EqualFold(password, email) || strings.EqualFold(password, name)
}
