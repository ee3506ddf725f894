package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
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

// silent returns the settings of a database that accepts connections and never
// answers, and a channel that is closed when somebody has connected to it.
func silent(t *testing.T) (environ []string, connected <-chan struct{}) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	first := make(chan struct{})
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return // the test is over
		}
		defer conn.Close()
		close(first)
		<-t.Context().Done()
	}()
	environ = []string{
		"DATABASE_URL=postgres://user:password@127.0.0.1:1/service",
		"DATABASE_CONNECT_TIMEOUT=500ms",
	}
	for i := range environ {
		environ[i] = strings.ReplaceAll(environ[i], "127.0.0.1:1/", listener.Addr().String()+"/")
	}
	return environ, first
}

// The signal arrives while the service tries to migrate the database.
func TestSignalDuringTheStart(t *testing.T) {
	environ, connected := silent(t)
	program, stdout := begin(t, environ)
	defer stdout.Close()
	<-connected
	signaled := time.Now()

	require.NoError(t, program.Process.Signal(syscall.SIGTERM))

	require.Equal(t, exitOK, exit(t, program))
	require.Less(t, time.Since(signaled), 4*time.Second)
}

func TestServiceStartsWhileTheDatabaseIsSilent(t *testing.T) {
	environ, _ := silent(t)
	program, stdout := begin(t, environ)
	addr := listening(t, stdout)

	response, err := http.Get("http://" + addr + "/readyz")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
	http.DefaultClient.CloseIdleConnections()
	require.NoError(t, program.Process.Signal(syscall.SIGTERM))
	require.Equal(t, exitOK, exit(t, program))
}

func TestMigrationFailsIfTheDatabaseIsSilent(t *testing.T) {
	environ, _ := silent(t)
	program, stdout := begin(t, environ, "migrate")
	_, _ = io.Copy(io.Discard, stdout)
	require.Equal(t, exitFailed, exit(t, program))
}

func TestSignalDuringAMigration(t *testing.T) {
	environ, connected := silent(t)
	program, stdout := begin(t, environ, "migrate")
	defer stdout.Close()
	<-connected
	signaled := time.Now()

	require.NoError(t, program.Process.Signal(syscall.SIGTERM))

	require.Equal(t, exitFailed, exit(t, program))
	require.Less(t, time.Since(signaled), exitTimeout)
}
