package ldaptest

import (
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// SambaOptions are what a Samba holds.
type SambaOptions struct {
	Users int // in OU=people, numbered from 0; see AddUsers
}

// Samba is a running Active Directory domain controller, at an address of 127.0.0.0/8 that is its own: the ports can't be
// chosen. It takes five seconds to make and a test binary may share one, as SID, GUID and all that are new in each. Its
// methods are for one goroutine at a time.
//
// It refuses passwords without TLS, continues a search at the base with three references, and doesn't know WhoAmI. Where a
// real one limits pages, searches without paging and values, it doesn't: ADDirectory does.
type Samba struct {
	Certificates        // in place of those that Samba makes, whose serial numbers may be negative, which Go refuses
	Address      string // 127.x.y.z
	BaseDN       string
	AdminDN      string
	AdminUPN     string // the other name to bind with
	Password     string // of the administrator

	dir     string
	program string
	*process
	admin *ldap.Conn // bound as administrator; nil until the server is ready
}

const (
	sambaPackages = "samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules ldb-tools winbind attr"
	realm         = "real.test"
	sambaBase     = "DC=real,DC=test"
)

// StartSamba makes a domain and returns when its administrator can log in. It needs root. The caller closes the server.
func StartSamba(o SambaOptions) (*Samba, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("start samba: a domain controller listens on port 389 and owns its files: run as root")
	}
	path, err := program("samba", sambaPackages)
	if err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "rosterd-samba-")
	if err != nil {
		return nil, fmt.Errorf("make folder for samba: %w", err)
	}
	s := &Samba{Address: address, BaseDN: sambaBase, AdminDN: "CN=Administrator,CN=Users," + sambaBase, AdminUPN: "administrator@" + realm,
		Password: "aA1." + rand.Text(), dir: dir, program: path}
	if err := s.make(o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Samba) make(o SambaOptions) error {
	var err error
	if s.Certificates, err = newCertificates(s.dir, s.Address, "dc1."+realm); err != nil {
		return err
	}
	if err := os.WriteFile(s.path("smb.conf"), []byte(s.configuration()), 0o600); err != nil {
		return fmt.Errorf("write smb.conf: %w", err)
	}
	tool, err := program("samba-tool", sambaPackages)
	if err != nil {
		return err
	}
	// The smb.conf of the machine is neither read nor written.
	says, err := exec.Command(tool, "domain", "provision", "--configfile="+s.path("smb.conf"), "--realm="+realm, "--domain=REAL",
		"--server-role=dc", "--dns-backend=SAMBA_INTERNAL", "--adminpass="+s.Password, "--host-name=dc1", "--host-ip="+s.Address).CombinedOutput()
	if err != nil {
		return fmt.Errorf("make domain: %w; samba-tool says:\n%s", err, says)
	}
	if err := s.start(); err != nil || o.Users == 0 {
		return err
	}
	return errors.Join(s.AddOU("OU=people,"+s.BaseDN), s.AddUsers("OU=people,"+s.BaseDN, 0, o.Users))
}

// configuration is smb.conf. With a mask that makes the address neither a network nor a broadcast, Samba takes it as it is,
// whether an interface has it or not.
func (s *Samba) configuration() string {
	const text = `[global]
netbios name = DC1
realm = {realm}
workgroup = REAL
server role = active directory domain controller
server services = ldap, kdc
interfaces = {address}/8
bind interfaces only = yes
tls certfile = {cert}
tls keyfile = {key}
tls cafile = {ca}
ldb:nosync = true
private dir = {dir}/private
lock directory = {dir}/lock
state directory = {dir}/state
cache directory = {dir}/cache
binddns dir = {dir}/bind-dns
pid directory = {dir}/run
ncalrpc dir = {dir}/run/ncalrpc
winbindd socket directory = {dir}/run/winbindd
ntp signd socket directory = {dir}/run/ntp
[sysvol]
path = {dir}/state/sysvol
[netlogon]
path = {dir}/state/sysvol/{realm}/scripts
`
	return strings.NewReplacer("{realm}", realm, "{address}", s.Address, "{dir}", s.dir,
		"{cert}", s.ServerCert, "{key}", s.ServerKey, "{ca}", s.CAFile).Replace(text)
}

// start starts the process and waits until the administrator can log in.
func (s *Samba) start() error {
	var err error
	if s.process, err = startProcess(exec.Command(s.program, "-i", "-M", "single", "-s", s.path("smb.conf")), s.path("samba.log")); err != nil {
		return err
	}
	return s.await(func() error {
		s.admin, err = s.Dial()
		return err
	})
}

// Dial connects and binds as administrator, for what the methods don't offer. The caller closes the connection.
func (s *Samba) Dial() (*ldap.Conn, error) {
	cfg, err := s.ClientTLS()
	if err != nil {
		return nil, err
	}
	c, err := ldap.DialURL(s.LDAPSURL(), ldap.DialWithTLSConfig(cfg))
	if err != nil {
		return nil, fmt.Errorf("connect to samba: %w", err)
	}
	if err := c.Bind(s.AdminDN, s.Password); err != nil {
		return nil, errors.Join(fmt.Errorf("bind to samba: %w", err), c.Close())
	}
	return c, nil
}

func (s *Samba) path(name string) string { return filepath.Join(s.dir, name) }

// URL is the address without TLS; StartTLS works there.
func (s *Samba) URL() string { return "ldap://" + s.Address }

// LDAPSURL is the address with TLS.
func (s *Samba) LDAPSURL() string { return "ldaps://" + s.Address }

// Restart kills the server and starts it again, with the same data at the same address.
func (s *Samba) Restart() error {
	if err := s.hangUp(s.Kill()); err != nil {
		return err
	}
	return s.start()
}

// Close ends the server and removes all that it wrote. It may be called again.
func (s *Samba) Close() error { return s.hangUp(s.discard(s.dir)) }

// hangUp ends the administrator's connection, after the server so that it can't wait for an answer.
func (s *Samba) hangUp(err error) error {
	if s.admin != nil {
		_ = s.admin.Close() // the server is gone
		s.admin = nil
	}
	return err
}

// freeAddress is an address of the loopback where nobody serves LDAP.
func freeAddress() (string, error) {
	for range 20 {
		address := fmt.Sprintf("127.%d.%d.%d", 1+mathrand.IntN(254), mathrand.IntN(256), 1+mathrand.IntN(254))
		l, err := net.Listen("tcp", address+":636")
		if err != nil {
			continue
		}
		return address, l.Close()
	}
	return "", errors.New("find free address: on none of 20 addresses of 127.0.0.0/8 port 636 is free")
}
