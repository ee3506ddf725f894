package auth

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// sealing returns a sealer with the given keys.
func sealing(t *testing.T, purpose, key, previous string) *sealer {
	t.Helper()
	s, err := newSealer(purpose, Config{SessionKey: key, SessionPreviousKey: previous})
	require.NoError(t, err)
	return s
}

func TestSealAndOpen(t *testing.T) {
	s := sealing(t, "test", "a key", "")
	first, err := s.seal("content", time.Minute)
	require.NoError(t, err)
	second, err := s.seal("content", time.Minute)
	require.NoError(t, err)
	require.NotEqual(t, first, second)
	require.NotContains(t, first, "content")

	var content string
	require.NoError(t, s.open(first, &content))
	require.Equal(t, "content", content)
}

func TestOpenRejectsModifiedValue(t *testing.T) {
	s := sealing(t, "test", "a key", "")
	sealed, err := s.seal("content", time.Minute)
	require.NoError(t, err)
	var content string
	for i := range sealed {
		for _, letter := range []string{"A", "B"} {
			touched := sealed[:i] + letter + sealed[i+1:]
			if touched != sealed {
				require.Error(t, s.open(touched, &content), i)
			}
		}
	}
	for _, text := range []string{"", "x", sealed + "A", sealed[1:], strings.Repeat("A", 100)} {
		require.Error(t, s.open(text, &content))
	}
}

func TestOpenRejectsExpiredValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sealing(t, "test", "a key", "")
		sealed, err := s.seal("content", time.Minute)
		require.NoError(t, err)
		var content string
		time.Sleep(time.Minute - time.Nanosecond)
		require.NoError(t, s.open(sealed, &content))
		time.Sleep(time.Nanosecond)
		require.ErrorContains(t, s.open(sealed, &content), "expired")
	})
}

func TestOpenRejectsOtherPurposeOrKey(t *testing.T) {
	sealed, err := sealing(t, "login", "a key", "").seal("content", time.Minute)
	require.NoError(t, err)
	var content string

	require.Error(t, sealing(t, "session", "a key", "").open(sealed, &content))
	require.Error(t, sealing(t, "login", "another key", "").open(sealed, &content))
	elsewhere, err := newSealer("login", Config{SessionKey: "a key", Issuer: "https://id.example.com"})
	require.NoError(t, err)
	require.Error(t, elsewhere.open(sealed, &content))
}

func TestKeyRotation(t *testing.T) {
	old := sealing(t, "test", "old", "")
	changed := sealing(t, "test", "new", "old")
	var content string

	sealed, err := old.seal("content", time.Minute)
	require.NoError(t, err)
	require.NoError(t, changed.open(sealed, &content))

	sealed, err = changed.seal("content", time.Minute)
	require.NoError(t, err)
	require.Error(t, old.open(sealed, &content), "the previous key must not seal values")
}

func TestNewSealerRequiresKey(t *testing.T) {
	_, err := newSealer("test", Config{SessionPreviousKey: "old"})

	require.Error(t, err)
}
