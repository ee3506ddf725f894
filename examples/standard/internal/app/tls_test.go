package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// writeCertificate writes a certificate with the given serial number and its
// key.
func writeCertificate(t *testing.T, certFile, keyFile string, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600))
}

// serial connects to a server and returns the serial number of its certificate.
func serial(t *testing.T, addr string) int64 {
	t.Helper()
	conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestCertificateIsReloaded(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	writeCertificate(t, certFile, keyFile, 1)
	a, _ := start(t, "TLS_CERT_FILE="+certFile, "TLS_KEY_FILE="+keyFile)
	require.EqualValues(t, 1, serial(t, a.Addr()))

	writeCertificate(t, certFile, keyFile, 2)
	require.Eventually(t, func() bool { return serial(t, a.Addr()) == 2 }, 5*time.Second, 100*time.Millisecond)
}

func TestInvalidCertificateIsIgnored(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	writeCertificate(t, certFile, keyFile, 1)
	config, err := newTLSConfig(certFile, keyFile, quiet)
	require.NoError(t, err)
	before, err := config.GetCertificate(nil)
	require.NoError(t, err)

	require.NoError(t, os.WriteFile(certFile, []byte("half a certif"), 0o600))
	time.Sleep(certificateAge)
	after, err := config.GetCertificate(nil)

	require.NoError(t, err)
	require.Equal(t, before, after)
}

func TestOldTLSVersionsAreRejected(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	writeCertificate(t, certFile, keyFile, 1)
	a, _ := start(t, "TLS_CERT_FILE="+certFile, "TLS_KEY_FILE="+keyFile)

	_, err := tls.Dial("tcp", a.Addr(), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})

	require.ErrorContains(t, err, "protocol version")
}
