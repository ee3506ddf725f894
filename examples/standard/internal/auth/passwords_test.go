package auth

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCommonPasswords(t *testing.T) {
	for _, password := range []string{"password", "PassWord1", "12345678", "qwertyuiop", "iloveyou1", "11111111"} {
		require.True(t, isCommon(password), password)
	}
	for _, password := range []string{"", "correct horse", "passwordpassword passport"} {
		require.False(t, isCommon(password), password)
	}
	require.Greater(t, len(common()), 300)
	for password := range common() {
		require.GreaterOrEqual(t, len(password), MinPasswordLength, "shorter passwords are refused anyway")
		require.Equal(t, strings.ToLower(password), password)
	}
}

func TestResembles(t *testing.T) {
	require.True(t, resembles("Ann.Miller@example.com", "ann.miller@example.com"))
	require.True(t, resembles("ann.Miller", "ann.miller@example.com"))
	require.False(t, resembles("ann.miller1", "ann.miller@example.com"))
	require.False(t, resembles("example.com", "ann.miller@example.com"))
}
