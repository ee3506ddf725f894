package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// asProgram is the variable that makes the test binary run as the program.
const asProgram = "TEST_AS_PROGRAM"

// exitTimeout is how long the program may take to exit.
const exitTimeout = 15 * time.Second

// begin starts the program as a process of its own.
func begin(t *testing.T, environ []string, args ...string) (program *exec.Cmd, stdout io.ReadCloser) {
	t.Helper()
	program = exec.CommandContext(t.Context(), os.Args[0], args...)
	program.Env = append([]string{asProgram + "=1", "HTTP_ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0"}, environ...)
	stdout, err := program.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, program.Start())
	return program, stdout
}

// exit returns the exit code of the program.
func exit(t *testing.T, program *exec.Cmd) int {
	t.Helper()
	killer := time.AfterFunc(exitTimeout, func() { _ = program.Process.Kill() })
	defer killer.Stop()
	_ = program.Wait()
	return program.ProcessState.ExitCode()
}

func TestServiceOutlivesTheReaderOfItsLog(t *testing.T) {
	program, stdout := begin(t, []string{"LOG_LEVEL=debug"})
	addr := listening(t, stdout)
	require.NoError(t, stdout.Close())

	for range 10 {
		response, err := http.Get("http://" + addr + "/livez")
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
	}
	http.DefaultClient.CloseIdleConnections()
	require.NoError(t, program.Process.Signal(syscall.SIGTERM))
	require.Equal(t, exitOK, exit(t, program))
}

func TestSignalStopsTheService(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		program, stdout := begin(t, nil)
		listening(t, stdout)
		require.NoError(t, program.Process.Signal(signal))
		require.Equal(t, exitOK, exit(t, program), signal)
	}
}
