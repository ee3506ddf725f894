package auth

import (
	"crypto/sha256"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	// verifiedTime is how long a verified token is not verified again. It never
	// is beyond the expiry of the token.
	verifiedTime = time.Minute

	// maxVerified limits the number of tokens, which take a few MB.
	maxVerified = 10_000
)

// verified remembers the users of tokens that were verified a moment ago, because
// clients use a token many times, and a signature is expensive to verify. It has
// hashes of the tokens, not the tokens.
type verified struct {
	users *lru.Cache[digestOfToken, verifiedUser]
}

type digestOfToken = [sha256.Size]byte

type verifiedUser struct {
	user  User
	until time.Time

	// keys identifies the keys that the token was verified with.
	keys uint64
}

func newVerified() verified {
	users, err := lru.New[digestOfToken, verifiedUser](maxVerified)
	if err != nil {
		panic(fmt.Sprintf("auth: %v", err)) // only happens for a size below 1
	}
	return verified{users}
}

// find returns the user of a token that was verified with the current keys.
func (v verified) find(token string, keys uint64) (User, bool) {
	known, ok := v.users.Get(sha256.Sum256([]byte(token)))
	if !ok || known.keys != keys || !time.Now().Before(known.until) {
		return User{}, false
	}
	return known.user, true
}

// keep remembers the user of a token that expires at the given time.
func (v verified) keep(token string, keys uint64, user User, expires time.Time) {
	until := time.Now().Add(verifiedTime)
	if expires.Before(until) {
		until = expires
	}
	v.users.Add(sha256.Sum256([]byte(token)), verifiedUser{user, until, keys})
}
