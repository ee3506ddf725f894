package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"
)

// healthTimeout is less than what the Dockerfile gives the command.
const healthTimeout = 2 * time.Second

// healthcheck asks the service on this machine whether it is alive. It is for
// containers, whose image has no curl.
func (p process) healthcheck(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	cfg, _, err := p.configure()
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
	return ask(ctx, scheme+"://"+net.JoinHostPort(host, port)+"/livez")
}

func ask(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{
		// The certificate is for another name than localhost.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // it asks itself
	}}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, answer.Status)
	}
	return nil
}
