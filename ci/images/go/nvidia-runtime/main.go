// nvidia-runtime imitates NVIDIA's runtime as far as a pod can notice without a GPU: a container whose
// NVIDIA_VISIBLE_DEVICES names devices gets the board's device file; one with void, none or no value does not.
// The device is a stand-in: character device 1:3, which discards what is written to it.
package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

const device = "/dev/nvmap"

func visible(environment []any) bool {
	for _, entry := range environment {
		if value, found := strings.CutPrefix(entry.(string), "NVIDIA_VISIBLE_DEVICES="); found {
			return value != "" && value != "void" && value != "none"
		}
	}
	return false
}

func addDevice(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var spec map[string]any
	if err := json.Unmarshal(content, &spec); err != nil {
		return err
	}
	process, _ := spec["process"].(map[string]any)
	environment, _ := process["env"].([]any)
	linux, _ := spec["linux"].(map[string]any)
	if linux == nil || !visible(environment) {
		return nil
	}
	devices, _ := linux["devices"].([]any)
	linux["devices"] = append(devices, map[string]any{
		"path": device, "type": "c", "major": 1, "minor": 3, "fileMode": 0o666,
	})
	if content, err = json.Marshal(spec); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o600)
}

func main() {
	bundle, creates := ".", false
	for index, argument := range os.Args[1:] {
		creates = creates || argument == "create"
		if argument == "--bundle" || argument == "-b" {
			bundle = os.Args[index+2]
		}
	}
	if creates {
		if err := addDevice(filepath.Join(bundle, "config.json")); err != nil {
			os.Stderr.WriteString("nvidia-runtime: " + err.Error() + "\n")
			os.Exit(1)
		}
	}
	runc, err := exec.LookPath("runc")
	if err != nil {
		runc = "/usr/sbin/runc"
	}
	if err := syscall.Exec(runc, append([]string{runc}, os.Args[1:]...), os.Environ()); err != nil {
		os.Stderr.WriteString("nvidia-runtime: " + err.Error() + "\n")
		os.Exit(1)
	}
}
