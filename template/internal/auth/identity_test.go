package auth

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUserID(t *testing.T) {
	id := UserID("https://id.example.com", "ann")

	require.Equal(t, "4cae3ee7-72ab-5c1d-a244-1c01278b73cb", id.String(), "the ID must be stable, because stored data refers to it")
	require.NotEqual(t, id, UserID("https://id.example.com", "bob"))
	require.NotEqual(t, id, UserID("https://other.example.com", "ann"))
	require.NotEqual(t, UserID("https://id.example.com/a", "b"), UserID("https://id.example.com/", "ab"))
}

func TestRoles(t *testing.T) {
	for _, test := range []struct {
		claims string
		claim  string
		roles  []string
	}{
		{`{"roles": ["admin", "buyer"]}`, "roles", []string{"admin", "buyer"}},
		{`{"role": "admin"}`, "role", []string{"admin"}},
		{`{"realm_access": {"roles": ["admin"]}}`, "realm_access.roles", []string{"admin"}},
		{`{"https://shop.example.com/roles": ["admin"]}`, "https://shop.example.com/roles", []string{"admin"}},
		{`{"roles": ["admin", 1, null]}`, "roles", []string{"admin"}},
		{`{"roles": {"admin": true}}`, "roles", nil},
		{`{"realm_access": "roles"}`, "realm_access.roles", nil},
		{`{}`, "roles", nil},
	} {
		require.Equal(t, test.roles, roles([]byte(test.claims), test.claim), test.claims)
	}
}

func TestAdminRoleIsConfigurable(t *testing.T) {
	for _, test := range []struct {
		admin        string
		given, roles []string
	}{
		{"admin", []string{"admin", "buyer"}, []string{"admin", "buyer"}},
		{"shop-admins", []string{"buyer", "shop-admins"}, []string{"buyer", "admin"}},
		{"shop-admins", []string{"admin", "buyer"}, []string{"buyer"}},
		{"shop-admins", nil, nil},
	} {
		require.Equal(t, test.roles, Config{AdminRole: test.admin}.ownRoles(test.given))
	}
}

func TestUnverifiedEmailIsIgnored(t *testing.T) {
	for claims, email := range map[string]string{
		`{"sub": "ann", "email": "ann@example.com", "email_verified": true}`:    "ann@example.com",
		`{"sub": "ann", "email": "ann@example.com", "email_verified": "true"}`:  "ann@example.com",
		`{"sub": "ann", "email": "ann@example.com"}`:                            "",
		`{"sub": "ann", "email": "ann@example.com", "email_verified": null}`:    "",
		`{"sub": "ann", "email": "ann@example.com", "email_verified": false}`:   "",
		`{"sub": "ann", "email": "ann@example.com", "email_verified": "false"}`: "",
	} {
		user, err := Config{Issuer: "https://id.example.com", RolesClaim: "roles"}.identity([]byte(claims))

		require.NoError(t, err)
		require.Equal(t, email, user.Email, claims)
	}
}
