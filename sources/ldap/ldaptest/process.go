package ldaptest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a server may take until it answers.
const patience = 60 * time.Second

// process is a program that was started here, and that doesn't outlive this one.
type process struct {
	cmd   *exec.Cmd
	log   string        // the file with what it wrote
	ended chan struct{} // closed when it was waited for
}

// startProcess starts cmd in a process group of its own; what it writes goes to the end of the file log.
func startProcess(cmd *exec.Cmd, log string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log of %s: %w", cmd.Path, err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	// The kernel kills it when the thread that started it ends: a test binary that dies leaves nothing behind. So that
	// thread is kept until the process has ended.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p, started := &process{cmd: cmd, log: log, ended: make(chan struct{})}, make(chan error)
	go func() {
		defer close(p.ended)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in cmd.ProcessState
		}
	}()
	if err := <-started; err != nil {
		<-p.ended
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// Pause stops the server, and returns when all its threads stand: the kernel takes connections, and nothing answers until Resume.
func (p *process) Pause() error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for {
		err := unix.Waitid(unix.P_PID, p.cmd.Process.Pid, nil, unix.WSTOPPED|unix.WNOWAIT, nil)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, unix.EINTR):
			return fmt.Errorf("wait until %s is stopped: %w", p.cmd.Path, err)
		}
	}
}

// Resume undoes Pause.
func (p *process) Resume() error { return p.signal(syscall.SIGCONT) }

// Kill ends the server at once, with what it started, and waits until it is gone. Restart brings it back.
func (p *process) Kill() error {
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("kill %s: %w", p.cmd.Path, err)
	}
	<-p.ended
	return nil
}

// signal sends sig, unless the process has ended.
func (p *process) signal(sig os.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("send %v to %s: %w", sig, p.cmd.Path, err)
	}
	return nil
}

// discard ends the server, if there is one, and removes its folder.
func (p *process) discard(dir string) error {
	var err error
	if p != nil {
		err = p.Kill()
	}
	if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
		return fmt.Errorf("close server: %w", err)
	}
	return nil
}

// errEnded says that the server ended before it answered.
var errEnded = errors.New("it ended before it answered")

// await asks again and again until ready answers nil, the process ends or patience does.
func (p *process) await(ready func() error) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("start %s: %w (%v); it says:\n%s", p.cmd.Path, errEnded, p.cmd.ProcessState, p.lastWords())
		case <-deadline.C:
			return fmt.Errorf("start %s: no answer after %v: %w; it says:\n%s", p.cmd.Path, patience, err, p.lastWords())
		case <-again.C:
		}
	}
}

// lastWords are the last lines of the log, 4 KiB at most.
func (p *process) lastWords() []byte {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return []byte(err.Error())
	}
	return bytes.TrimSpace(text[max(0, len(text)-4096):])
}

// freePorts asks the kernel for n ports of the loopback that nobody listens on. Another may take one before it is used.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find free port: %w", err)
		}
		defer l.Close() // only now, so that the ports differ
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}
