package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"example.com/shop-api/internal/config"
)

// healthTimeout is shorter than the timeout of the health check in the
// Dockerfile.
const healthTimeout = 2 * time.Second

// healthcheck checks that the service on this machine is alive. It is used in
// containers, because the image does not contain curl.
func (p process) healthcheck(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	cfg, err := config.LoadSections[config.Probe](p.environ)
	if err != nil {
		return err
	}
	scheme := "http"
	if cfg.HTTP.TLSCertFile != "" {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(cfg.HTTP.Addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	return probe(ctx, scheme+"://"+net.JoinHostPort(host, port)+"/livez")
}

func probe(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{
		// The certificate is not valid for localhost.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // the service checks itself
	}}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s responded with %s", url, response.Status)
	}
	return nil
}
