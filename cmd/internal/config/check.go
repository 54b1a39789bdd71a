package config

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rosterd/rosterd/sync/near"
)

// isName is what sources, sinks and jobs may be called: something that needs no quotes in a shell or a URL.
var isName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// check finds what is wrong between several keys, each of them fine by itself.
func (d *decoder) check(c *Config) {
	for _, name := range slices.Sorted(maps.Keys(c.Sources)) {
		d.name("sources", name)
		if csv := c.Sources[name].CSV; csv != nil {
			d.feed([]string{"sources", name, "csv"}, csv)
		}
		if ldap := c.Sources[name].LDAP; ldap != nil {
			d.directory([]string{"sources", name, "ldap"}, ldap)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Sinks)) {
		d.name("sinks", name)
	}
	for _, job := range c.Jobs {
		d.name("jobs", job.Name)
		d.refer(job, "source", job.Source, slices.Sorted(maps.Keys(c.Sources)))
		d.refer(job, "sink", job.Sink, slices.Sorted(maps.Keys(c.Sinks)))
		if sink := c.Sinks[job.Sink]; (sink.Jitsudo != nil || sink.ECE != nil) && job.Resource == "accounts" {
			d.fail(d.file.at([]string{"jobs", job.Name, "resource"}), fmt.Sprintf("resource: sink %s has users, and no accounts", job.Sink))
		}
		d.limited(job)
	}
	d.listener(c.HTTP)
	d.elastic(c)
	d.literalSecrets(c)
}

// name complains about what a shell would not take.
func (d *decoder) name(section, name string) {
	if !isName.MatchString(name) {
		d.fail(d.file.keyOf([]string{section, name}), fmt.Sprintf("%q is no name: letters, digits, and between them . _ -", name))
	}
}

// refer complains about a name that does not exist.
func (d *decoder) refer(job Job, key, name string, known []string) {
	if name == "" || len(known) == 0 || slices.Contains(known, name) {
		return // without any, the section has been complained about
	}
	hint := near.Suggest(name, known)
	if hint == "" && len(known) <= 5 {
		hint = "; there is " + strings.Join(known, ", ")
	}
	d.fail(d.file.at([]string{"jobs", job.Name, key}), fmt.Sprintf("there is no %s %q%s", key, name, hint))
}

// limited complains about limits of attributes that are not mapped: they would guard nothing.
func (d *decoder) limited(job Job) {
	mapped := make([]string, len(job.Map))
	for i, a := range job.Map {
		mapped[i] = a.Name
	}
	for _, name := range slices.Sorted(maps.Keys(job.Limits.Attribute)) {
		if name != "*" && len(mapped) > 0 && !slices.Contains(mapped, name) {
			d.fail(d.file.keyOf([]string{"jobs", job.Name, "limits", "attribute", name}),
				fmt.Sprintf("a limit for %q, which map does not name, would guard nothing%s", name, near.Suggest(name, mapped)))
		}
	}
}

// listener complains about an address that nobody can listen on.
func (d *decoder) listener(h *HTTP) {
	if h == nil || h.Listen == "" {
		return // complained about already
	}
	host, port, err := net.SplitHostPort(h.Listen)
	n, notNumber := strconv.Atoi(port)
	problem := ""
	switch {
	case err != nil:
		problem = fmt.Sprintf("%q is no address and port, such as 127.0.0.1:8686", h.Listen)
	case notNumber != nil || n < 0 || n > 65535:
		problem = fmt.Sprintf("%q is no port; such as 8686", port)
	case host != "" && host != "localhost" && !isIP(host):
		problem = fmt.Sprintf("%q is no address of this machine: write it in numbers, such as 127.0.0.1 for this machine alone", host)
	default:
		return
	}
	d.fail(d.file.at([]string{"http", "listen"}), "listen: "+problem)
}

// isIP reports whether a host is an address, perhaps with a zone, as in fe80::1%eth0.
func isIP(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// elastic puts in what is the default for ECE alone.
func (d *decoder) elastic(c *Config) {
	for name, sink := range c.Sinks {
		if sink.ECE == nil {
			continue
		}
		if sink.Rate.Requests == 0 {
			sink.Rate = Rate{2, rateUnits["s"]}
		}
		if _, given := d.file.places[joined([]string{"sinks", name, "max_in_flight"})]; !given {
			sink.MaxInFlight = 1
		}
		c.Sinks[name] = sink
	}
}

// literalSecrets warns of secrets that stand in the file itself, but for those of a target or directory on this machine: a sandbox.
func (d *decoder) literalSecrets(c *Config) {
	for _, path := range d.literals {
		if len(path) > 2 && (path[0] == "sinks" && isLocal(c.Sinks[path[1]]) || path[0] == "sources" && isLocalDirectory(c.Sources[path[1]].LDAP)) {
			continue
		}
		d.warnings = append(d.warnings, d.file.problem(d.file.at(path),
			label(path)+": the secret itself stands in this file; ${file:PATH}, ${env:NAME} or ${credential:NAME} keeps it out of copies and repositories"))
	}
}

// isLocal reports whether a target is on this machine.
func isLocal(s Sink) bool {
	var base URL
	switch {
	case s.Clarus != nil:
		base = s.Clarus.BaseURL
	case s.Jitsudo != nil:
		base = s.Jitsudo.BaseURL
	case s.ECE != nil:
		base = s.ECE.BaseURL
	}
	u, err := url.Parse(string(base))
	return err == nil && isLoopback(u.Hostname())
}
