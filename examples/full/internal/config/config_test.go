package config

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/stretchr/testify/require"
)

// production returns the minimum environment in production.
func production() []string {
	return []string{
		"APP_ENV=production",
		"DATABASE_URL=postgres://shop:hunter2@db.example.com/shop",
		"JWT_SECRET=0123456789abcdef0123456789abcdef",
	}
}

func TestDevelopmentDefaults(t *testing.T) {
	cfg, err := Load(nil)

	require.NoError(t, err)
	require.Equal(t, Development, cfg.App.Env)
	require.Equal(t, ":8080", cfg.HTTP.Addr)
	require.Equal(t, "127.0.0.1:9090", cfg.HTTP.AdminAddr)
	require.Equal(t, 10*time.Second, cfg.HTTP.RequestTimeout)
	require.True(t, cfg.HTTP.DocsEnabled)
	require.Zero(t, cfg.Shutdown.Delay)
	require.Equal(t, slog.LevelInfo, cfg.Log.Level)
}

func TestProductionDefaults(t *testing.T) {
	cfg, err := Load(production())

	require.NoError(t, err)
	require.Equal(t, ":9090", cfg.HTTP.AdminAddr)
	require.False(t, cfg.HTTP.DocsEnabled)
	require.Equal(t, 5*time.Second, cfg.Shutdown.Delay)
	require.False(t, cfg.Database.Migrate)
}

func TestEnvironmentDefaultsCanBeOverridden(t *testing.T) {
	cfg, err := Load(append(production(), "DOCS_ENABLED=true", "SHUTDOWN_DELAY=0s", "ADMIN_ADDR=127.0.0.1:0"))

	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:0", cfg.HTTP.AdminAddr)
	require.True(t, cfg.HTTP.DocsEnabled)
	require.Zero(t, cfg.Shutdown.Delay)
}

func TestLoadReportsAllProblems(t *testing.T) {
	_, err := Load([]string{
		"APP_ENV=staging",
		"HTTP_ADDR=8080",
		"HTTP_READ_TIMEOUT=fast",
		"HTTP_TRUSTED_PROXIES=10.0.0.1",
		"LOG_LEVEL=loud",
		"SHUTDOWN_TIMEOUT=0s",
	})

	failed := (*Error)(nil)
	require.ErrorAs(t, err, &failed)
	require.Len(t, failed.Problems, 6, "%v", failed)
	for _, name := range []string{"APP_ENV", "HTTP_ADDR", "HTTP_READ_TIMEOUT", "HTTP_TRUSTED_PROXIES", "LOG_LEVEL", "SHUTDOWN_TIMEOUT"} {
		require.Contains(t, err.Error(), "\n  "+name+": ")
	}
}

func TestLoadRejects(t *testing.T) {
	pem := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(pem, []byte("not a key"), 0o600))

	for _, test := range []struct {
		name        string
		environment []string
		problem     string
	}{
		{"an address without a port", []string{"HTTP_ADDR=localhost"}, "HTTP_ADDR: must look like"},
		{"a request timeout above the write timeout", []string{"HTTP_REQUEST_TIMEOUT=1m"}, "HTTP_REQUEST_TIMEOUT: must be shorter"},
		{"a certificate without a key", []string{"TLS_CERT_FILE=cert.pem"}, "TLS_CERT_FILE, TLS_KEY_FILE: must be set together"},
		{"a missing certificate", []string{"TLS_CERT_FILE=missing", "TLS_KEY_FILE=missing"}, "TLS_CERT_FILE, TLS_KEY_FILE: open missing"},
		{"an origin with a path", []string{"CORS_ALLOWED_ORIGINS=https://a.example,https://b.example/x"}, "CORS_ALLOWED_ORIGINS: must be"},
		{"a wildcard origin", []string{"CORS_ALLOWED_ORIGINS=https://*.example.com"}, "CORS_ALLOWED_ORIGINS: must be"},
		{"any origin of a scheme", []string{"CORS_ALLOWED_ORIGINS=https://*"}, "CORS_ALLOWED_ORIGINS: must be"},
		{"a limit of zero", []string{"RATE_LIMIT_REQUESTS=0"}, "RATE_LIMIT_REQUESTS: must be greater than zero"},
		{"a negative delay", []string{"SHUTDOWN_DELAY=-1s"}, "SHUTDOWN_DELAY: must not be negative"},
		{"networks next to none", []string{"HTTP_TRUSTED_PROXIES=none,10.0.0.0/8"}, "HTTP_TRUSTED_PROXIES: must be networks such as 10.0.0.0/8, or none"},
		{"a value and a file", []string{"LOG_LEVEL=info", "LOG_LEVEL_FILE=" + pem}, "LOG_LEVEL, LOG_LEVEL_FILE: only one"},
		{"a missing file", []string{"LOG_LEVEL_FILE=missing"}, "LOG_LEVEL_FILE: open missing"},
		{"an excessive queue capacity", []string{"EVENTS_CAPACITY=2000000000"}, "EVENTS_CAPACITY: must be at most 1048576"},
		{"production without a database", []string{"APP_ENV=production"}, "DATABASE_URL: must be set in production"},
		{"an invalid database URL", []string{"DATABASE_URL=postgres://shop:hunter2@:port/shop"}, "DATABASE_URL: "},
		{"a statement timeout that rounds to zero", []string{"DATABASE_STATEMENT_TIMEOUT=500us"}, "DATABASE_STATEMENT_TIMEOUT: must be at least 1ms, not 500"},
		{"a minimum above the maximum of connections", []string{"DATABASE_MAX_CONNS=2", "DATABASE_MIN_CONNS=3"}, "DATABASE_MIN_CONNS: must be between"},
		{"an invalid Redis URL", []string{"REDIS_URL=redis://:hunter2@cache:port"}, "REDIS_URL: "},
		{"a Redis password that is not escaped", []string{"REDIS_URL=redis://:hunter2/3@cache:6379"}, "REDIS_URL: must look like"},
		{"an invalid Redis database", []string{"REDIS_URL=redis://cache:6379/hunter2"}, "REDIS_URL: must look like"},
		{"a Redis URL with another scheme", []string{"REDIS_URL=http://:hunter2@cache"}, "REDIS_URL: "},
		{"production without a key", []string{"APP_ENV=production"}, "JWT_PRIVATE_KEY, JWT_SECRET: one of them"},
		{"a short secret", []string{"JWT_SECRET=hunter2"}, "JWT_SECRET: must have at least 32 bytes, not 7"},
		{"an invalid key", []string{"JWT_PRIVATE_KEY_FILE=" + pem}, "JWT_PRIVATE_KEY: must be the output of"},
		{"an invalid previous key", []string{"JWT_PREVIOUS_PUBLIC_KEY_FILE=" + pem}, "JWT_PREVIOUS_PUBLIC_KEY: must be the output of"},
		{"an account that one client can lock", []string{"AUTH_RATE_LIMIT_REQUESTS=100"}, "AUTH_ACCOUNT_LIMIT_REQUESTS: must be more than AUTH_RATE_LIMIT_REQUESTS (100), not 100"},
		{"an access TTL above the refresh TTL", []string{"JWT_ACCESS_TTL=2h", "JWT_REFRESH_TTL=1h"}, "JWT_ACCESS_TTL: must not be longer"},
		{"an endpoint without a scheme", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=localhost:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT: must be a URL"},
		{"a traces endpoint without a scheme", []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=localhost:4318"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: must be a URL"},
		{"an endpoint with a password", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=ftp://shop:hunter2@collector"}, "OTEL_EXPORTER_OTLP_ENDPOINT: must be a URL"},
		{"a ratio above one", []string{"TRACE_SAMPLE_RATIO=1.5"}, "TRACE_SAMPLE_RATIO: must be between 0 and 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load(test.environment)

			require.ErrorContains(t, err, test.problem)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

// A job runs with the setting of the database alone.
func TestJobsNeedOnlyTheDatabase(t *testing.T) {
	job, err := LoadSections[Job]([]string{
		"APP_ENV=production",
		"DATABASE_URL=postgres://shop:hunter2@db.example.com/shop",
		"HTTP_ADDR=8080", "HTTP_ADDR_FILE=missing",
	})

	require.NoError(t, err)
	require.Equal(t, Production, job.App.Env)

	_, err = LoadSections[Job]([]string{"APP_ENV=production", "LOG_LEVEL=loud"})

	failed := (*Error)(nil)
	require.ErrorAs(t, err, &failed)
	require.Len(t, failed.Problems, 2, "%v", failed)
	require.ErrorContains(t, err, "\n  LOG_LEVEL: ")
	require.ErrorContains(t, err, "\n  DATABASE_URL: must be set in production")
}

func TestProbeNeedsOnlyTheListeners(t *testing.T) {
	probe, err := LoadSections[Probe]([]string{"APP_ENV=production", "HTTP_ADDR=:80", "LOG_LEVEL=loud"})

	require.NoError(t, err)
	require.Equal(t, ":80", probe.HTTP.Addr)
	require.Equal(t, ":9090", probe.HTTP.AdminAddr)

	_, err = LoadSections[Probe]([]string{"HTTP_ADDR=80"})
	require.ErrorContains(t, err, "\n  HTTP_ADDR: ")
}

// samples returns a value of each setting.
func samples(t *testing.T) map[string]string {
	t.Helper()
	values := env.ToMap([]string{
		"TLS_CERT_FILE=cert.pem",
		"TLS_KEY_FILE=key.pem",
		"HTTP_TRUSTED_PROXIES=10.0.0.0/8,192.0.2.1/32",
		"CORS_ALLOWED_ORIGINS=https://a.example,https://b.example",
		"OTEL_SDK_DISABLED=true",
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4318/v1/traces",
		"OTEL_EXPORTER_OTLP_HEADERS=api-key=hunter2",
		"OTEL_EXPORTER_OTLP_TRACES_HEADERS=api-key=hunter2",
		"OTEL_EXPORTER_OTLP_TIMEOUT=500",
		"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=500",
		"OTEL_SERVICE_NAME=orders",
		"OTEL_RESOURCE_ATTRIBUTES=cloud.region=eu",
		"OTEL_TRACES_SAMPLER=always_on",
		"OTEL_TRACES_SAMPLER_ARG=0.5",
		"APP_ENV=development",
		"LOG_LEVEL=info",
		"HTTP_ADDR=:8080",
		"ADMIN_ADDR=:9090",
		"PPROF_ENABLED=false",
		"SHUTDOWN_DELAY=5s",
		"SHUTDOWN_TIMEOUT=20s",
		"DOCS_ENABLED=false",
		"HTTP_READ_HEADER_TIMEOUT=5s",
		"HTTP_READ_TIMEOUT=15s",
		"HTTP_WRITE_TIMEOUT=30s",
		"HTTP_IDLE_TIMEOUT=620s",
		"HTTP_REQUEST_TIMEOUT=10s",
		"HTTP_MAX_BODY_BYTES=1048576",
		"HTTP_MAX_HEADER_BYTES=65536",
		"RATE_LIMIT_REQUESTS=600",
		"RATE_LIMIT_PERIOD=1m",
		"EVENTS_CAPACITY=1024",
		"EVENTS_WORKERS=4",
		"DATABASE_URL=postgres://shop:hunter2@db.example.com/shop",
		"DATABASE_POOLER=false",
		"DATABASE_MAX_CONNS=10",
		"DATABASE_MIN_CONNS=2",
		"DATABASE_CONN_LIFETIME=30m",
		"DATABASE_CONN_IDLE_TIME=5m",
		"DATABASE_CONNECT_TIMEOUT=3s",
		"DATABASE_STATEMENT_TIMEOUT=5s",
		"DATABASE_MIGRATE=false",
		"REDIS_URL=redis://redis:6379/0",
		"CACHE_TTL=5m",
		"CACHE_TIMEOUT=100ms",
		"JWT_SECRET=0123456789abcdef0123456789abcdef",
		"JWT_ISSUER=market-api",
		"JWT_AUDIENCE=market-api",
		"JWT_ACCESS_TTL=15m",
		"JWT_REFRESH_TTL=720h",
		"SESSION_GRACE=30s",
		"AUTH_RATE_LIMIT_REQUESTS=10",
		"AUTH_ACCOUNT_LIMIT_REQUESTS=100",
		"AUTH_SESSION_LIMIT_REQUESTS=30",
		"AUTH_RATE_LIMIT_PERIOD=1m",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://jaeger:4318",
		"TRACE_SAMPLE_RATIO=0.1",
	})
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	values["JWT_PRIVATE_KEY"] = block(t, "PRIVATE KEY", x509.MarshalPKCS8PrivateKey, private)
	values["JWT_PREVIOUS_PUBLIC_KEY"] = block(t, "PUBLIC KEY", x509.MarshalPKIXPublicKey, public)
	values["JWT_PREVIOUS_SECRET"] = "0123456789abcdef0123456789abcdef"
	return values
}

// block returns a key in PEM format.
func block[K any](t *testing.T, kind string, marshal func(any) ([]byte, error), key K) string {
	t.Helper()
	der, err := marshal(key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// Env files keep quotes, files end with a line break, and people add spaces.
// None of it changes the value of any setting.
func TestValuesAreCleaned(t *testing.T) {
	values := samples(t)
	for _, name := range variables(&Config{}) {
		value := values[name]
		require.NotEmpty(t, value, name)
		want, wanted := Load([]string{name + "=" + value})
		path := filepath.Join(t.TempDir(), "value")
		require.NoError(t, os.WriteFile(path, []byte(" \""+value+"\"\r\n"), 0o600))
		variants := []string{
			name + "= " + value + "\t",
			name + "=" + value + "\r\n",
			name + `="` + value + `"`,
			name + "=' " + value + " ' ",
			name + "=" + strings.ReplaceAll(value, "\n", `\n`),
			name + `="` + strings.ReplaceAll(value, "\n", `\n`) + `"`,
		}
		if !strings.HasSuffix(name, fileSuffix) {
			variants = append(variants, name+fileSuffix+`="`+path+`"`)
		}
		for _, variant := range variants {
			got, err := Load([]string{variant})

			require.Equal(t, want, got, variant)
			require.Equal(t, wanted, err, variant)
		}
	}
}

func TestSecretsIncludeAllSecretSettings(t *testing.T) {
	values := samples(t)
	for _, section := range reflect.ValueOf(&Config{}).Elem().Fields() {
		for field := range section.Type().Fields() {
			if field.Type != reflect.TypeFor[Secret]() {
				continue
			}
			name := variable(field)
			path := filepath.Join(t.TempDir(), "value")
			require.NoError(t, os.WriteFile(path, []byte(values[name]), 0o600))
			for _, environ := range [][]string{{name + "=" + values[name]}, {name + fileSuffix + "=" + path}} {
				require.Contains(t, Secrets(environ), clean(values[name]), name)
			}
		}
	}
	require.Empty(t, Secrets(nil))
}

func TestEmptyValuesAreMissing(t *testing.T) {
	want, err := Load(nil)
	require.NoError(t, err)
	for _, name := range variables(&Config{}) {
		for _, value := range []string{"", " ", `""`, "''", "\n"} {
			got, err := Load([]string{name + "=" + value})

			require.NoError(t, err, name)
			require.Equal(t, want, got, "%s=%q", name, value)
		}
	}
}

func TestQuotesInValuesAreKept(t *testing.T) {
	for value, want := range map[string]string{
		`"`: `"`, `a"`: `a"`, `'a"`: `'a"`, `"a" b`: `"a" b`, `""a""`: `"a"`, `a\nb`: `a\nb`,
	} {
		require.Equal(t, want, clean(value))
	}
}

func TestListsSkipEmptyEntries(t *testing.T) {
	cfg, err := Load([]string{
		"HTTP_TRUSTED_PROXIES=, 10.0.0.0/8 ,,\n192.0.2.1/32,",
		"CORS_ALLOWED_ORIGINS= https://a.example,, https://b.example ,",
	})

	require.NoError(t, err)
	require.Equal(t, Networks{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32")}, cfg.HTTP.TrustedProxies)
	require.Equal(t, List{"https://a.example", "https://b.example"}, cfg.HTTP.CORSAllowedOrigins)
}

func TestProductionWarnsWithoutTrustedProxies(t *testing.T) {
	for _, test := range []struct {
		environ  []string
		warnings int
	}{
		{nil, 0},
		{production(), 1},
		{append(production(), "HTTP_TRUSTED_PROXIES=none"), 0},
		{append(production(), "HTTP_TRUSTED_PROXIES=10.0.0.0/8"), 0},
	} {
		cfg, err := Load(test.environ)
		require.NoError(t, err)

		warnings := cfg.Warnings(test.environ)

		require.Len(t, warnings, test.warnings)
		if test.warnings > 0 {
			require.Contains(t, warnings[0], "HTTP_TRUSTED_PROXIES is not set")
		}
	}
}

func TestLoadReadsFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "level")
	require.NoError(t, os.WriteFile(path, []byte("debug\n"), 0o600))

	cfg, err := Load([]string{"LOG_LEVEL_FILE=" + path, "LOG_LEVEL="})

	require.NoError(t, err)
	require.Equal(t, slog.LevelDebug, cfg.Log.Level)
}

func TestConfigLogValue(t *testing.T) {
	cfg, err := Load(append(production(), "HTTP_TRUSTED_PROXIES=10.1.2.3/8, 192.0.2.1/32"))
	require.NoError(t, err)

	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("configuration", "config", cfg)

	require.Contains(t, log.String(), "config.HTTP_ADDR=:8080")
	require.Contains(t, log.String(), "[10.0.0.0/8 192.0.2.1/32]")
	require.NotContains(t, log.String(), "hunter2")
	require.NotContains(t, log.String(), "0123456789abcdef")
}

// find returns the groups of all matches of a pattern in a file of the project.
func find(t *testing.T, path, pattern string) [][]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("../..", path))
	require.NoError(t, err)
	return regexp.MustCompile(pattern).FindAllStringSubmatch(string(content), -1)
}

// All settings must be documented for users.
func TestSettingsAreDocumented(t *testing.T) {
	for path, pattern := range map[string]string{
		"docs/configuration.md": "(?m)^\\| `([A-Z_]+)`",
		".env.example":          "(?m)^#([A-Z_]+)=",
	} {
		var documented []string
		for _, match := range find(t, path, pattern) {
			documented = append(documented, match[1])
		}
		require.ElementsMatch(t, variables(&Config{}), documented, path)
	}
}

func TestDocumentedDefaultsAreCorrect(t *testing.T) {
	defaults, err := Load(nil)
	require.NoError(t, err)
	for path, pattern := range map[string]string{
		"docs/configuration.md": "(?m)^\\| `([A-Z_]+)` \\| `([^`]+)` \\|",
		".env.example":          "(?m)^#([A-Z_]+)=(.+)$",
	} {
		for _, match := range find(t, path, pattern) {
			cfg, err := Load([]string{match[1] + "=" + match[2]})

			require.NoError(t, err, path)
			require.Equal(t, defaults, cfg, "%s: %s", path, match[0])
		}
	}
}
