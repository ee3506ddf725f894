package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	goleak.VerifyTestMain(m)
}

// execute runs a command line with the given environment.
func execute(t *testing.T, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	p := process{environ: environ, stdout: &out, stderr: &err}
	code = p.run(t.Context(), args)
	return code, out.String(), err.String()
}

func TestHelpListsAllCommands(t *testing.T) {
	code, stdout, _ := execute(t, nil, "--help")

	require.Equal(t, exitOK, code)
	for _, c := range (process{}).commands() {
		require.Contains(t, stdout, "  "+c.name+" "+c.args)
		require.Contains(t, stdout, c.help)
	}
}

func TestVersion(t *testing.T) {
	code, stdout, _ := execute(t, nil, "version")

	require.Equal(t, exitOK, code)
	require.Contains(t, stdout, "shop-api dev (go")
}

func TestInvalidCommandLine(t *testing.T) {
	for _, args := range [][]string{
		{"sevre"},
		{"serve", "now"},
		{"healthcheck", "now"},
		{"migrate", "sideways"},
		{"migrate", "up", "down"},
		{"set-role", "ann@example.com"},
	} {
		code, stdout, stderr := execute(t, nil, args...)

		require.Equal(t, exitUsage, code, args)
		require.Empty(t, stdout, args)
		require.NotEmpty(t, stderr, args)
	}
}

func TestInvalidConfiguration(t *testing.T) {
	code, stdout, stderr := execute(t, []string{"HTTP_ADDR=8080", "LOG_LEVEL=loud"})

	require.Equal(t, exitUsage, code)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "\n  LOG_LEVEL: ")
}

// The report of an error never contains a secret, whoever wrote it.
func TestErrorsContainNoSecrets(t *testing.T) {
	for _, c := range []struct{ setting, value string }{
		{"DATABASE_URL", "postgres://shop:swordfish@:port/shop"},
		{"REDIS_URL", "redis://:swordfish/3@cache:6379"},
		{"JWT_PRIVATE_KEY", "swordfish"},
		{"JWT_SECRET", "swordfish"},
		{"HTTP_ADDR", "https://shop:swordfish@example.com"},
	} {
		_, stdout, stderr := execute(t, []string{c.setting + "=" + c.value, "ADMIN_ADDR=192.0.2.1:80"})

		require.NotContains(t, stdout+stderr, "swordfish", c.setting)
		require.NotEmpty(t, stderr)
	}
}

func TestAddressInUse(t *testing.T) {
	code, _, stderr := execute(t, []string{"HTTP_ADDR=192.0.2.1:80", "ADMIN_ADDR=127.0.0.1:0"})

	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "192.0.2.1:80")
}

func TestJobsRequireDatabase(t *testing.T) {
	for _, args := range [][]string{
		{"migrate"},
		{"migrate", "down"},
		{"migrate", "status"},
		{"set-role", "ann@example.com", "admin"},
	} {
		code, _, stderr := execute(t, nil, args...)

		require.Equal(t, exitFailed, code, args)
		require.Contains(t, stderr, "DATABASE_URL must be set", args)
	}
}

// Nothing listens on the port, so the job fails only after its configuration
// was accepted.
func TestJobsNeedOnlyTheDatabase(t *testing.T) {
	environ := []string{
		"APP_ENV=production",
		"DATABASE_URL=postgres://user:password@127.0.0.1:1/service",
		"DATABASE_CONNECT_TIMEOUT=500ms",
	}
	for _, args := range [][]string{
		{"migrate"},
		{"migrate", "down"},
		{"migrate", "status"},
		{"set-role", "ann@example.com", "admin"},
	} {
		code, _, stderr := execute(t, environ, args...)

		require.Equal(t, exitFailed, code, args)
		require.Contains(t, stderr, "connection refused", args)
	}
}

func TestServeAndHealthcheck(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	log, writer := io.Pipe()
	p := process{environ: []string{"HTTP_ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0"}, stdout: writer, stderr: io.Discard}
	ended := make(chan int, 1)
	go func() {
		ended <- p.run(ctx, nil)
		_ = writer.Close()
	}()
	addr := listening(t, log)

	code, _, stderr := execute(t, []string{"HTTP_ADDR=" + addr}, "healthcheck")
	require.Equal(t, exitOK, code, stderr)

	stop()
	require.Equal(t, exitOK, <-ended)

	code, _, stderr = execute(t, []string{"HTTP_ADDR=" + addr}, "healthcheck")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "connection refused")
}

// listening returns the address of the service from its log. It discards the
// rest of the log.
func listening(t *testing.T, log io.Reader) string {
	t.Helper()
	for decoder := json.NewDecoder(log); ; {
		var line struct{ Msg, Addr string }
		err := decoder.Decode(&line)
		if errors.Is(err, io.EOF) {
			t.Fatal("the service stopped before it was listening")
		}
		require.NoError(t, err)
		if line.Msg == "listening" {
			go func() { _, _ = io.Copy(io.Discard, log) }()
			return line.Addr
		}
	}
}
