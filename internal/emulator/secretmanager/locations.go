package secretmanager

import (
	"context"
	"path"

	locationpb "google.golang.org/genproto/googleapis/cloud/location"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// locations is the mixin that `gcloud secrets locations list` asks.
type locations struct {
	locationpb.UnimplementedLocationsServer
	state *state
}

// locationIDs are a few of the service's, enough to look through a list.
func locationIDs() []string {
	return []string{"asia-northeast1", "europe-west1", "europe-west3", "us-central1", "us-east1"}
}

// ListLocations has one page.
func (l *locations) ListLocations(_ context.Context, req *locationpb.ListLocationsRequest) (*locationpb.ListLocationsResponse, error) {
	p, err := l.project(req.GetName())
	if err != nil {
		return nil, err
	}
	answer := &locationpb.ListLocationsResponse{}
	for _, id := range locationIDs() {
		answer.Locations = append(answer.Locations, location(p, id))
	}
	return answer, nil
}

// GetLocation returns one of the listed.
func (l *locations) GetLocation(_ context.Context, req *locationpb.GetLocationRequest) (*locationpb.Location, error) {
	p, err := l.project(path.Dir(path.Dir(req.GetName())))
	if err != nil {
		return nil, err
	}
	for _, id := range locationIDs() {
		if id == path.Base(req.GetName()) {
			return location(p, id), nil
		}
	}
	return nil, status.Errorf(codes.NotFound, "Location [%s] not found.", path.Base(req.GetName()))
}

func (l *locations) project(name string) (*project, error) {
	p, _, err := l.state.project(parseProject, name, "secretmanager.locations.list")
	return p, err
}

func location(p *project, id string) *locationpb.Location {
	return &locationpb.Location{Name: projectName(p.number) + "/locations/" + id, LocationId: id}
}
