package config

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecretIsRedacted(t *testing.T) {
	secret := Secret("hunter2")
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("", "secret", secret, "group", struct{ Secret Secret }{secret})

	for _, shown := range []string{log.String(), fmt.Sprint(secret), fmt.Sprintf("%q %x %#v %+v", secret, secret, secret, struct{ S Secret }{secret})} {
		require.NotContains(t, shown, "hunter2")
		require.Contains(t, shown, "[redacted]")
	}
}

func TestPasswords(t *testing.T) {
	for value, secrets := range map[string][]string{
		"scheme://shop:hunter%402@db:5432/shop?sslmode=disable":   {"hunter%402", "hunter@2"},
		"scheme://shop:hunter2/swordfish@db/shop":                 {"hunter2/swordfish", "hunter2", "swordfish"},
		"scheme://:hunter2@host:6379/0":                           {"hunter2"},
		"scheme://db/shop?user=shop&password=hunter%402&x=y":      {"hunter%402", "hunter@2"},
		"host=db user=shop password=hunter2 dbname=shop":          {"hunter2"},
		"host=db password = 'hunter 2'":                           {"hunter 2"},
		"scheme://shop:hunter2@a:27017,b:27017/shop?authSource=x": {"hunter2"},
	} {
		require.Subset(t, passwords(value), secrets, value)
	}
	for _, value := range []string{"", "http://localhost:8080", "scheme://host:6379/0", "text", "a@b"} {
		require.Empty(t, passwords(value), value)
	}
}

func TestEntries(t *testing.T) {
	require.Equal(t, []string{"bGluZTE", "bGluZTI"}, entries("-----BEGIN PRIVATE KEY-----\nbGluZTE\nbGluZTI\n-----END PRIVATE KEY-----\n")[:2])
	require.Empty(t, entries("scheme://db/shop?sslmode=disable"))
	require.Subset(t, entries("api-key=hunter%202,tenant=shop"), []string{"hunter%202", "hunter 2"})
}
