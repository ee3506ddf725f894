package auth

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestVerifiedTokenIsRememberedBriefly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, user := newVerified(), User{ID: uuid.New()}
		v.keep("token", 1, user, time.Now().Add(time.Hour))

		found, ok := v.find("token", 1)
		require.True(t, ok)
		require.Equal(t, user, found)
		_, ok = v.find("other", 1)
		require.False(t, ok)
		_, ok = v.find("token", 2)
		require.False(t, ok, "the keys have changed")

		time.Sleep(verifiedTime)
		_, ok = v.find("token", 1)
		require.False(t, ok)
	})
}

func TestVerifiedTokenIsNotRememberedAfterExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVerified()
		v.keep("token", 1, User{}, time.Now().Add(verifiedTime/2))
		time.Sleep(verifiedTime / 2)
		_, ok := v.find("token", 1)
		require.False(t, ok)
	})
}

func TestVerifiedTokensAreLimited(t *testing.T) {
	v := newVerified()
	for i := range maxVerified + 10 {
		v.keep(strconv.Itoa(i), 1, User{}, time.Now().Add(time.Hour))
	}
	require.Equal(t, maxVerified, v.users.Len())
}
