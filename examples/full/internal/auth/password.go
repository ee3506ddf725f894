package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
	"golang.org/x/sync/semaphore"
	"golang.org/x/text/unicode/norm"

	"example.com/market-api/internal/apperr"
)

// cost holds the parameters of a hash. They are stored with each hash, so that
// they can be raised later. Old hashes remain valid and are upgraded when the
// user signs in.
type cost struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// standardCost is the OWASP recommendation for argon2id.
var standardCost = cost{memory: 19 * 1024, passes: 2, threads: 1}

const (
	saltBytes = 16
	hashBytes = 32
)

// Hasher hashes passwords in their composed form (NFC), because devices differ
// in how they enter the same characters. A hash takes tens of milliseconds and 19 MiB, so the
// number of concurrent hashes is limited. Other callers wait.
type Hasher struct {
	slots *semaphore.Weighted
}

// NewHasher returns a Hasher that computes up to parallel hashes concurrently.
func NewHasher(parallel int) *Hasher {
	return &Hasher{slots: semaphore.NewWeighted(int64(parallel))}
}

// Hash returns the hash of a password in the PHC string format.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	digest, err := h.digest(ctx, password, salt, standardCost)
	if err != nil {
		return "", err
	}
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		standardCost.memory, standardCost.passes, standardCost.threads, encode(salt), encode(digest)), nil
}

// Matches reports whether a hash belongs to a password.
func (h *Hasher) Matches(ctx context.Context, hash, password string) (bool, error) {
	c, salt, want, err := parseHash(hash)
	if err != nil {
		return false, fmt.Errorf("parse a password hash: %w", err)
	}
	got, err := h.digest(ctx, password, salt, c)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

func (h *Hasher) digest(ctx context.Context, password string, salt []byte, c cost) ([]byte, error) {
	err := h.slots.Acquire(ctx, 1)
	if err != nil {
		return nil, apperr.Wrap(apperr.Unavailable, "too many concurrent sign-ins", err)
	}
	defer h.slots.Release(1)
	return argon2.IDKey(norm.NFC.Bytes([]byte(password)), salt, c.passes, c.memory, c.threads, hashBytes), nil
}

// outdated reports whether a hash was computed with another cost than the
// current one.
func outdated(hash string) bool {
	c, _, _, err := parseHash(hash)
	return err != nil || c != standardCost
}

func parseHash(hash string) (c cost, salt, digest []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost{}, nil, nil, errors.New("not an argon2id hash")
	}
	_, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.threads)
	if err != nil {
		return cost{}, nil, nil, fmt.Errorf("parse the cost: %w", err)
	}
	salt, err = base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return cost{}, nil, nil, fmt.Errorf("decode the salt: %w", err)
	}
	digest, err = base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return cost{}, nil, nil, fmt.Errorf("decode the digest: %w", err)
	}
	return c, salt, digest, nil
}

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
