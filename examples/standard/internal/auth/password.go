package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/sync/semaphore"

	"example.com/shop-api/internal/apperr"
)

// cost is what a hash takes. It is stored with each hash, so that it can be
// raised: the old hashes stay valid, each until its user signs in.
type cost struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// standardCost is what OWASP recommends for argon2id.
var standardCost = cost{memory: 19 * 1024, passes: 2, threads: 1}

const (
	saltBytes = 16
	hashBytes = 32
)

// Hasher hashes passwords. A hash takes tens of milliseconds and 19 MiB, so
// only a few are worked on at a time, and the other callers wait.
type Hasher struct {
	slots *semaphore.Weighted
}

// NewHasher returns a Hasher that works on up to parallel hashes at a time.
func NewHasher(parallel int) *Hasher {
	return &Hasher{slots: semaphore.NewWeighted(int64(parallel))}
}

// Hash returns the hash of a password in the PHC string format.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // It never fails.
	digest, err := h.digest(ctx, password, salt, standardCost)
	if err != nil {
		return "", err
	}
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		standardCost.memory, standardCost.passes, standardCost.threads, encode(salt), encode(digest)), nil
}

// Matches reports whether a hash was made from a password.
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
		return nil, apperr.Wrap(apperr.Unavailable, "too many sign-ins at once", err)
	}
	defer h.slots.Release(1)
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.threads, hashBytes), nil
}

// outdated reports whether a hash has another cost than those that are made now.
func outdated(hash string) bool {
	c, _, _, err := parseHash(hash)
	return err != nil || c != standardCost
}

func parseHash(hash string) (c cost, salt, digest []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost{}, nil, nil, errors.New("it is not an argon2id hash")
	}
	_, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.threads)
	if err != nil {
		return cost{}, nil, nil, fmt.Errorf("read its cost: %w", err)
	}
	salt, err = base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return cost{}, nil, nil, fmt.Errorf("decode its salt: %w", err)
	}
	digest, err = base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return cost{}, nil, nil, fmt.Errorf("decode its digest: %w", err)
	}
	return c, salt, digest, nil
}
