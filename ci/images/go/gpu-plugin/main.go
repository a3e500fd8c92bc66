// gpu-plugin offers mocked GPUs on the kubelet's device plugin interface, and gives a container what the vendors'
// plugins do: device files for AMD, an environment variable for NVIDIA.
//
//	gpu-plugin --render-group 991 amd.com/gpu=1 nvidia.com/gpu=1
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	api "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"
)

// The devices that ROCm/k8s-device-plugin mounts for its first GPU.
var amdDevices = []string{"/dev/kfd", "/dev/dri/card0", "/dev/dri/renderD128"}

type plugin struct {
	api.UnimplementedDevicePluginServer
	resource string
	count    int
}

func (p *plugin) GetDevicePluginOptions(context.Context, *api.Empty) (*api.DevicePluginOptions, error) {
	return &api.DevicePluginOptions{}, nil
}

func (p *plugin) ListAndWatch(_ *api.Empty, stream api.DevicePlugin_ListAndWatchServer) error {
	var devices []*api.Device
	for number := range p.count {
		devices = append(devices, &api.Device{ID: strconv.Itoa(number), Health: api.Healthy})
	}
	if err := stream.Send(&api.ListAndWatchResponse{Devices: devices}); err != nil {
		return err
	}
	<-stream.Context().Done()
	return nil
}

func (p *plugin) Allocate(_ context.Context, request *api.AllocateRequest) (*api.AllocateResponse, error) {
	response := &api.AllocateResponse{}
	for _, container := range request.ContainerRequests {
		given := &api.ContainerAllocateResponse{}
		if strings.HasPrefix(p.resource, "amd.com/") {
			for _, path := range amdDevices {
				given.Devices = append(given.Devices, &api.DeviceSpec{HostPath: path, ContainerPath: path, Permissions: "rw"})
			}
		} else {
			given.Envs = map[string]string{"NVIDIA_VISIBLE_DEVICES": strings.Join(container.DevicesIds, ",")}
		}
		response.ContainerResponses = append(response.ContainerResponses, given)
	}
	return response, nil
}

// serve answers on the plugin's own socket and registers it with the kubelet, until the context ends.
func (p *plugin) serve(ctx context.Context) error {
	socket := filepath.Join(api.DevicePluginPath, strings.ReplaceAll(p.resource, "/", "-")+".sock")
	if err := os.RemoveAll(socket); err != nil {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	api.RegisterDevicePluginServer(server, p)
	go server.Serve(listener)
	go func() { <-ctx.Done(); server.Stop() }()
	connection, err := grpc.NewClient("unix://"+api.KubeletSocket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	_, err = api.NewRegistrationClient(connection).Register(ctx, &api.RegisterRequest{
		Version: api.Version, Endpoint: filepath.Base(socket), ResourceName: p.resource, Options: &api.DevicePluginOptions{},
	})
	return err
}

// makeDevices creates stand-ins (character device 1:3) for a GPU's device files, accessible to the render group.
func makeDevices(group int) error {
	for _, path := range amdDevices {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		if err := syscall.Mknod(path, syscall.S_IFCHR|0o660, 1<<8|3); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := os.Chmod(path, 0o660); err != nil {
			return err
		}
		if err := os.Chown(path, 0, group); err != nil {
			return err
		}
	}
	return nil
}

// forever serves, and starts again whenever the kubelet recreates its socket (after a restart).
func forever(plugins []*plugin) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	if err := watcher.Add(api.DevicePluginPath); err != nil {
		return err
	}
	for {
		ctx, cancel := context.WithCancel(context.Background())
		again := offer(ctx, plugins)
		for waiting := true; waiting; {
			select {
			case event := <-watcher.Events:
				waiting = event.Name != api.KubeletSocket || !event.Has(fsnotify.Create)
			case <-again:
				waiting = false
			}
		}
		cancel()
	}
}

// offer serves every plugin; if one fails, the returned channel says when to try again.
func offer(ctx context.Context, plugins []*plugin) <-chan time.Time {
	for _, each := range plugins {
		if err := each.serve(ctx); err != nil {
			log.Printf("%s: %v; trying again", each.resource, err)
			return time.After(time.Second)
		}
		log.Printf("%s: %d offered", each.resource, each.count)
	}
	return nil
}

func main() {
	group := flag.Int("render-group", 991, "the group that may open the AMD device files")
	flag.Parse()
	var plugins []*plugin
	for _, argument := range flag.Args() {
		resource, amount, _ := strings.Cut(argument, "=")
		count, err := strconv.Atoi(amount)
		if err != nil {
			log.Fatalf("%q is not RESOURCE=COUNT", argument)
		}
		plugins = append(plugins, &plugin{resource: resource, count: count})
		if strings.HasPrefix(resource, "amd.com/") {
			if err := makeDevices(*group); err != nil {
				log.Fatal(err)
			}
		}
	}
	log.Fatal(forever(plugins))
}
