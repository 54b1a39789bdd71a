package config

import (
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strings"
)

// parseURL reads the address of an API.
func parseURL(_ *decoder, text string, _ field) (URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return "", errors.New("this is no URL, such as https://example.com")
	case u.User != nil:
		return "", errors.New("a URL with a user or password in it; credentials belong under auth")
	case u.Scheme != "https" && u.Scheme != "http":
		return "", errors.New("a URL begins with https://")
	case u.Hostname() == "":
		return "", errors.New("the URL has no host")
	case u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(text, "?#"):
		return "", errors.New("the URL ends with its path, without ? or #")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return "", errors.New("http would send credentials and personal data in the clear; use https (http is for this machine only: localhost, 127.0.0.1, ::1)")
	}
	return URL(strings.TrimRight(u.String(), "/")), nil
}

// isLoopback reports whether a host is this machine.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// parseProxy reads the address of a proxy, or "" for what the environment says.
func parseProxy(_ *decoder, text string, _ field) (Proxy, error) {
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5":
		return "", errors.New("a proxy is a URL with http, https or socks5, such as http://proxy.example.com:3128")
	case u.User != nil:
		return "", errors.New("a proxy's password must not stand here; give it in HTTPS_PROXY in the environment and leave proxy out")
	}
	return Proxy(text), nil
}

// path makes a path absolute.
func (d *decoder) path(text string, f field) (Path, error) {
	switch {
	case text == "" && f.hasFallback && f.fallback == "''":
		return "", nil
	case text == "":
		return "", errors.New("the path is empty")
	case strings.HasPrefix(text, "~"):
		return "", errors.New("~ is not expanded; write the whole path")
	case text == "-" && f.name == "path":
		return "-", nil // standard input
	}
	return Path(d.absolute(text)), nil
}

// absolute makes a path of the configuration absolute.
func (d *decoder) absolute(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(d.env.Dir, path)
}
