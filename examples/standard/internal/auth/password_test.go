package auth

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/apperr"
)

func TestMatches(t *testing.T) {
	hasher := NewHasher(1)
	hash, err := hasher.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$"), hash)

	matches, err := hasher.Matches(t.Context(), hash, "correct horse")
	require.NoError(t, err)
	require.True(t, matches)

	matches, err = hasher.Matches(t.Context(), hash, "correct horse ")
	require.NoError(t, err)
	require.False(t, matches)
}

func TestMatchesOtherFormsOfTheSameCharacters(t *testing.T) {
	hasher := NewHasher(1)
	hash, err := hasher.Hash(t.Context(), "caf\u00e9 au lait")
	require.NoError(t, err)

	matches, err := hasher.Matches(t.Context(), hash, "cafe\u0301 au lait")
	require.NoError(t, err)
	require.True(t, matches)
}

func TestHashIsSalted(t *testing.T) {
	hasher := NewHasher(1)
	first, err := hasher.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	second, err := hasher.Hash(t.Context(), "correct horse")
	require.NoError(t, err)

	require.NotEqual(t, first, second)
}

func TestMatchesHashWithOtherCost(t *testing.T) {
	// This hash is from the tests of the reference implementation.
	hash := "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"

	matches, err := NewHasher(1).Matches(t.Context(), hash, "password")

	require.NoError(t, err)
	require.True(t, matches)
}

func TestMatchesRejectsMalformedHash(t *testing.T) {
	for _, hash := range []string{
		"",
		"$2a$10$abcdefghijklmnopqrstuv",
		"$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$c29tZXNhbHQ",
		"$argon2id$v=19$m=64$c29tZXNhbHQ$c29tZXNhbHQ",
		"$argon2id$v=19$m=64,t=1,p=1$*$c29tZXNhbHQ",
		"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$*",
	} {
		_, err := NewHasher(1).Matches(t.Context(), hash, "password")

		require.Error(t, err, hash)
	}
}

func TestHashStopsWhenContextIsDone(t *testing.T) {
	hasher := NewHasher(1)
	require.NoError(t, hasher.slots.Acquire(t.Context(), 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := hasher.Hash(ctx, "correct horse")

	require.Equal(t, apperr.Unavailable, apperr.KindOf(err))
}

func BenchmarkHash(b *testing.B) {
	hasher := NewHasher(1)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = hasher.Hash(b.Context(), "correct horse")
	}
}
