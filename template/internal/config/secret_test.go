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
